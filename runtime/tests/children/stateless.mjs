// An MCP server that knows only revision 2026-07-28. Newline JSON on stdio.
import { createInterface } from 'node:readline';

const VERSION = '2026-07-28';
const META = 'io.modelcontextprotocol/';
const SUBSCRIPTION = META + 'subscriptionId';
const send = (message) => process.stdout.write(JSON.stringify({ jsonrpc: '2.0', ...message }) + '\n');
const text = (value) => ({ resultType: 'complete', content: [{ type: 'text', text: typeof value === 'string' ? value : JSON.stringify(value) }] });
const listeners = new Map();
const cancelled = [];
let listened = 0;

const tools = ['echo', 'meta', 'ask', 'twice', 'progress', 'change', 'touch', 'never', 'cancelled', 'crash'];
const question = (message) => ({ method: 'elicitation/create', params: { message, requestedSchema: { type: 'object', properties: {} } } });

function tell(method, params, wanted) {
  for (const [id, filter] of listeners)
    if (wanted(filter)) send({ method, params: { ...params, _meta: { [SUBSCRIPTION]: id } } });
}

function call(id, params) {
  const { name, arguments: args = {}, inputResponses: given, requestState: state, _meta: meta } = params;
  switch (name) {
    case 'echo': return send({ id, result: text(args.text) });
    case 'meta': return send({ id, result: text(meta) });
    case 'ask':
      if (meta[META + 'clientCapabilities'].elicitation === undefined)
        return send({ id, error: { code: -32021, message: 'elicitation is needed' } });
      if (given === undefined)
        return send({ id, result: { resultType: 'input_required', inputRequests: { who: question('name?'), age: question('age?') }, requestState: 's"1' } });
      return send({ id, result: text({ state, given }) });
    case 'twice':
      if (state === undefined)
        return send({ id, result: { resultType: 'input_required', inputRequests: { a: question('first?') }, requestState: 'one' } });
      if (state === 'one')
        return send({ id, result: { resultType: 'input_required', inputRequests: { b: question('second?') }, requestState: 'two' } });
      return send({ id, result: text({ state, given }) });
    case 'progress':
      send({ method: 'notifications/progress', params: { progressToken: meta.progressToken, progress: 1 } });
      return send({ id, result: text('done') });
    case 'change':
      tell('notifications/tools/list_changed', {}, (filter) => filter.toolsListChanged);
      return send({ id, result: text('changed') });
    case 'touch':
      tell('notifications/resources/updated', { uri: args.uri }, (filter) => filter.resourceSubscriptions?.includes(args.uri));
      return send({ id, result: text({ listened, open: listeners.size }) });
    case 'never': return;
    case 'cancelled': return send({ id, result: text(cancelled.length) });
    case 'crash': return process.exit(3);
    default: return send({ id, error: { code: -32602, message: `no tool ${name}` } });
  }
}

createInterface({ input: process.stdin }).on('line', (line) => {
  const { id, method, params = {} } = JSON.parse(line);
  if (method === 'notifications/cancelled') {
    if (!listeners.delete(params.requestId)) cancelled.push(params.requestId);
    return;
  }
  const refuse = (code, message) => id === undefined ? undefined : send({ id, error: { code, message } });
  if (['initialize', 'ping', 'logging/setLevel', 'resources/subscribe', 'resources/unsubscribe', 'notifications/initialized'].includes(method))
    return refuse(-32601, `no method ${method}`);
  if (params._meta?.[META + 'protocolVersion'] !== VERSION || params._meta[META + 'clientCapabilities'] === undefined)
    return refuse(-32602, '_meta lacks what is required');
  switch (method) {
    case 'server/discover':
      return send({ id, result: { resultType: 'complete', supportedVersions: [VERSION], capabilities: { tools: { listChanged: true }, resources: { subscribe: true } },
        instructions: 'Ask.', ttlMs: 0, cacheScope: 'private', _meta: { [META + 'serverInfo']: { name: 'stateless', version: '1' } } } });
    case 'tools/list':
      return send({ id, result: { resultType: 'complete', ttlMs: 5, cacheScope: 'public', tools: tools.map((name) => ({ name, inputSchema: { type: 'object' } })) } });
    case 'tools/call': return call(id, params);
    case 'subscriptions/listen':
      listened += 1;
      listeners.set(id, params.notifications);
      return send({ method: 'notifications/subscriptions/acknowledged', params: { notifications: params.notifications, _meta: { [SUBSCRIPTION]: id } } });
    default: return refuse(-32601, `no method ${method}`);
  }
}).on('close', () => process.exit(0));
