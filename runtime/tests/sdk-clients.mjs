// The official TypeScript SDK's client against a gateway, over every transport that it has: tools, progress,
// a sampling and an elicitation round trip. Usage: node sdk-clients.mjs ADDRESS SDK_FOLDER
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

const [address, folder] = process.argv.slice(2);
const require = createRequire(`${folder}/package.json`);
const load = async (path) => import(pathToFileURL(require.resolve(`@modelcontextprotocol/sdk/${path}`)).href);
const { Client } = await load('client/index.js');
const { StreamableHTTPClientTransport } = await load('client/streamableHttp.js');
const { SSEClientTransport } = await load('client/sse.js');
const { WebSocketClientTransport } = await load('client/websocket.js');
const { CreateMessageRequestSchema, ElicitRequestSchema } = await load('types.js');

const transports = {
  'streamable HTTP': () => new StreamableHTTPClientTransport(new URL(`http://${address}/mcp`)),
  'HTTP+SSE': () => new SSEClientTransport(new URL(`http://${address}/sse`)),
  WebSocket: () => new WebSocketClientTransport(new URL(`ws://${address}/`)),
};

for (const [name, open] of Object.entries(transports)) {
  const client = new Client({ name: 'sdk', version: '1' }, { capabilities: { sampling: {}, elicitation: {}, roots: {} } });
  client.setRequestHandler(CreateMessageRequestSchema, async ({ params }) => ({
    model: 'm', role: 'assistant', content: { type: 'text', text: `sampled: ${params.messages[0].content.text}` } }));
  client.setRequestHandler(ElicitRequestSchema, async () => ({ action: 'accept', content: { name: 'Ada' } }));
  await client.connect(open());
  const tool = async (tool, args, options) => (await client.callTool({ name: tool, arguments: args }, undefined, options)).content[0].text;
  assert.ok((await client.listTools()).tools.some(({ name: tool }) => tool === 'echo'));
  assert.equal(await tool('echo', { text: 'hello' }), 'hello');
  const progress = [];
  assert.equal(await tool('progress', { ms: 50 }, { onprogress: ({ progress: step }) => progress.push(step) }), 'done');
  assert.deepEqual(progress, [1, 2, 3]);
  assert.match(await tool('sample', { text: 'what?' }), /sampled: what\?/);
  assert.match(await tool('elicit', { text: 'name?' }), /Ada/);
  await client.close();
  console.log(`${name}: ok`);
}
process.exit(0);
