// A server of the official TypeScript SDK that refuses every revision but 2026-07-28. Usage: node sdk-server.mjs SDK_FOLDER
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

const require = createRequire(`${process.argv[2]}/package.json`);
const load = async (path) => import(pathToFileURL(require.resolve(path)).href);
const { McpServer, acceptedContent, fromJsonSchema, inputRequired } = await load('@modelcontextprotocol/server');
const { serveStdio } = await load('@modelcontextprotocol/server/stdio');

const number = { type: 'number' };
const text = (value) => ({ content: [{ type: 'text', text: value }] });

serveStdio(() => {
  const server = new McpServer({ name: 'sdk', version: '1' });
  const sum = fromJsonSchema({ type: 'object', properties: { a: number, b: number }, required: ['a', 'b'] });
  server.registerTool('add', { inputSchema: sum }, async ({ a, b }) => text(String(a + b)));
  server.registerTool('sure', {}, async (context) => {
    const sure = acceptedContent(context.mcpReq.inputResponses, 'sure');
    if (sure) return text(JSON.stringify(sure));
    const requestedSchema = { type: 'object', properties: { name: { type: 'string' } } };
    return inputRequired({ inputRequests: { sure: inputRequired.elicit({ message: 'sure?', requestedSchema }) } });
  });
  return server;
}, { legacy: 'reject' });
