// A legacy MCP server with one tool for each way to behave, well and badly. Newline JSON on stdio.
import { createInterface } from 'node:readline';

const mode = process.argv[2] ?? '';
const send = (message) => process.stdout.write(JSON.stringify({ jsonrpc: '2.0', ...message }) + '\n');
const text = (value) => ({ content: [{ type: 'text', text: String(value) }] });
const asked = new Map();
let calls = 0;
let next = 1;

const tools = ['echo', 'sleep', 'progress', 'sample', 'elicit', 'log', 'crash', 'halfway', 'twice', 'unknown',
  'never', 'banner', 'stderr', 'long', 'utf8', 'invalid', 'change', 'cancelled', 'pid'];

function ask(method, params) {
  const id = next++;
  send({ id, method, params });
  return new Promise((resolve) => asked.set(id, resolve));
}

const cancelled = [];

async function call(id, params) {
  const { name, arguments: args = {} } = params;
  const token = params._meta?.progressToken;
  calls += 1;
  switch (name) {
    case 'echo': return send({ id, result: text(args.text) });
    case 'sleep': return setTimeout(() => send({ id, result: text(args.text ?? 'slept') }), args.ms);
    case 'progress':
      for (let step = 1; step <= 3; step++)
        send({ method: 'notifications/progress', params: { progressToken: token, progress: step, total: 3 } });
      return setTimeout(() => send({ id, result: text('done') }), args.ms ?? 0);
    case 'sample': {
      const answer = await ask('sampling/createMessage', { messages: [{ role: 'user', content: { type: 'text', text: args.text } }], maxTokens: 9 });
      return send({ id, result: text(JSON.stringify(answer.result ?? answer.error)) });
    }
    case 'elicit': {
      const answer = await ask('elicitation/create', { message: args.text, requestedSchema: { type: 'object', properties: {} } });
      return send({ id, result: text(JSON.stringify(answer.result ?? answer.error)) });
    }
    case 'log':
      send({ method: 'notifications/message', params: { level: args.level ?? 'info', data: args.text } });
      return setTimeout(() => send({ id, result: text('logged') }), args.ms ?? 0);
    case 'crash': return process.exit(3);
    case 'halfway':
      return process.stdout.write(`{"jsonrpc":"2.0","id":${id},"result":{"content":[{"type":"te`, () => process.exit(4));
    case 'twice': send({ id, result: text('first') }); return send({ id, result: text('second') });
    case 'unknown': send({ id: 987654321, result: text('nobody') }); send({ id: 'x', result: {} }); return send({ id, result: text('mine') });
    case 'never': return;
    case 'banner': process.stdout.write('Welcome!\n\n*** v2 ***\n'); return send({ id, result: text('after') });
    case 'stderr': process.stderr.write('e'.repeat(10 << 20) + '\n'); return send({ id, result: text('after') });
    case 'long': return send({ id, result: text('x'.repeat(args.bytes)) });
    case 'utf8': {
      const line = Buffer.from(JSON.stringify({ jsonrpc: '2.0', id, result: text('zwölf €uro 🎉') }) + '\n');
      for (const byte of line) { process.stdout.write(Buffer.from([byte])); await new Promise((r) => setImmediate(r)); }
      return;
    }
    case 'invalid': process.stdout.write('{"jsonrpc":"2.0",\n{]\n\u0000\n'); return send({ id, result: text('after') });
    case 'change': send({ method: 'notifications/tools/list_changed' }); return send({ id, result: text('changed') });
    case 'cancelled': return send({ id, result: text(JSON.stringify(cancelled)) });
    case 'pid': return send({ id, result: text(process.pid) });
    default: return send({ id, error: { code: -32602, message: `no tool ${name}` } });
  }
}

if (mode === 'exit') process.exit(1);
const spawned = Date.now();

createInterface({ input: process.stdin }).on('line', (line) => {
  const message = JSON.parse(line);
  const { id, method, params = {} } = message;
  if (method === undefined) return asked.get(id)?.(message);
  switch (method) {
    case 'initialize':
      if (mode === 'slow') return setTimeout(() => introduce(id), 1500);
      return introduce(id);
    case 'tools/list':
      return send({ id, result: { tools: tools.map((name) => ({ name, description: name, inputSchema: { type: 'object' } })) } });
    case 'tools/call':
      call(id, params);
      if (mode === 'once' && calls > 0) setTimeout(() => process.exit(0), 5);
      return;
    case 'resources/subscribe': case 'resources/unsubscribe': case 'logging/setLevel':
      return send({ id, result: {} });
    case 'resources/read':
      send({ method: 'notifications/resources/updated', params: { uri: params.uri } });
      return send({ id, result: { contents: [] } });
    case 'raw': return process.stdout.write(line + '\n');
    case 'notifications/cancelled': cancelled.push(params.requestId); return;
    case 'notifications/initialized': return;
    default: if (id !== undefined) send({ id, error: { code: -32601, message: 'no such method' } });
  }
}).on('close', () => { if (mode !== 'stay') process.exit(0); });

function introduce(id) {
  send({ id, result: { protocolVersion: '2024-11-05', capabilities: { tools: { listChanged: true }, logging: {}, resources: { subscribe: true } }, serverInfo: { name: 'test', version: '1' } } });
}
