// The official TypeScript SDK's client against a gateway, over every transport that it has: tools, progress,
// a sampling and an elicitation round trip; and before a server of the SDK that knows only revision 2026-07-28.
// Usage: node sdk-clients.mjs ADDRESS SDK_FOLDER
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
  'streamable HTTP': (server) => new StreamableHTTPClientTransport(new URL(`http://${address}/mcp/${server}`)),
  'HTTP+SSE': (server) => new SSEClientTransport(new URL(`http://${address}/sse/${server}`)),
  WebSocket: (server) => new WebSocketClientTransport(new URL(`ws://${address}/ws/${server}`)),
};

function newClient() {
  const client = new Client({ name: 'sdk', version: '1' }, { capabilities: { sampling: {}, elicitation: {}, roots: {} } });
  client.setRequestHandler(CreateMessageRequestSchema, async ({ params }) => ({
    model: 'm', role: 'assistant', content: { type: 'text', text: `sampled: ${params.messages[0].content.text}` } }));
  client.setRequestHandler(ElicitRequestSchema, async () => ({ action: 'accept', content: { name: 'Ada' } }));
  return client;
}

async function withClient(transport, use) {
  const client = newClient();
  await client.connect(transport);
  await use(client, async (name, args, options) =>
    (await client.callTool({ name, arguments: args }, undefined, options)).content[0].text);
  await client.close();
}

for (const [name, open] of Object.entries(transports)) {
  await withClient(open('test'), async (client, tool) => {
    assert.ok((await client.listTools()).tools.some(({ name: tool }) => tool === 'echo'));
    assert.equal(await tool('echo', { text: 'hello' }), 'hello');
    const progress = [];
    assert.equal(await tool('progress', { ms: 50 }, { onprogress: ({ progress: step }) => progress.push(step) }), 'done');
    assert.deepEqual(progress, [1, 2, 3]);
    assert.match(await tool('sample', { text: 'what?' }), /sampled: what\?/);
    assert.match(await tool('elicit', { text: 'name?' }), /Ada/);
  });
  await withClient(open('stateless'), async (client, tool) => {
    assert.equal(await tool('add', { a: 2, b: 3 }), '5');
    assert.match(await tool('sure', {}), /Ada/);
  });
  console.log(`${name}: ok`);
}
process.exit(0);
