// A legacy MCP server (stdio, sessions) with what the conformance suite asks of a server under test.
import { createInterface } from 'node:readline';

const send = (message) => process.stdout.write(JSON.stringify({ jsonrpc: '2.0', ...message }) + '\n');
const text = (value) => ({ type: 'text', text: value });
const PNG = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8DwHwAFBQIAX8jx0gAAAABJRU5ErkJggg==';
const WAV = 'UklGRiYAAABXQVZFZm10IBAAAAABAAEAQB8AAAB9AAACABAAZGF0YQIAAAA=';
const image = { type: 'image', data: PNG, mimeType: 'image/png' };
const embedded = (uri, mimeType, value) => ({ type: 'resource', resource: { uri, mimeType, text: value } });

// Questions to the client, under ids that name them: the gateway shows them to stateless clients.
const asked = new Map();
let number = 1;
function ask(method, params, id = `ask-${number++}`) {
  while (asked.has(id)) id += '+';
  send({ id, method, params });
  return new Promise((resolve, reject) => asked.set(id, ({ result, error }) => (error ? reject(error) : resolve(result))));
}
const form = (message, properties, id, required = Object.keys(properties)) =>
  ask('elicitation/create', { message, requestedSchema: { type: 'object', properties, required } }, id);
const sample = (prompt, maxTokens, id) =>
  ask('sampling/createMessage', { messages: [{ role: 'user', content: text(prompt) }], maxTokens }, id);
const roots = (id) => ask('roots/list', {}, id);
const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const log = (data) => send({ method: 'notifications/message', params: { level: 'info', data } });
const name = { name: { type: 'string' } };
const ok = { ok: { type: 'boolean' } };

const tools = {
  test_simple_text: () => [text('This is a simple text response for testing.')],
  test_image_content: () => [image],
  test_audio_content: () => [{ type: 'audio', data: WAV, mimeType: 'audio/wav' }],
  test_embedded_resource: () => [embedded('test://embedded-resource', 'text/plain', 'This is an embedded resource content.')],
  test_multiple_content_types: () => [text('Multiple content types test:'), image,
    embedded('test://mixed-content-resource', 'application/json', '{"test":"data","value":123}')],
  test_tool_with_logging: async () => {
    for (const step of ['Tool execution started', 'Tool processing data', 'Tool execution completed']) { log(step); await wait(50); }
    return [text('Tool with logging executed successfully')];
  },
  test_tool_with_progress: async (_, token) => {
    for (const progress of [0, 50, 100]) {
      if (token !== undefined) send({ method: 'notifications/progress', params: { progressToken: token, progress, total: 100 } });
      await wait(50);
    }
    return [text('done')];
  },
  test_error_handling: () => { throw new Error('This tool intentionally returns an error for testing'); },
  test_sampling: async ({ prompt }) => [text(`LLM response: ${(await sample(prompt ?? 'Hi', 100)).content.text}`)],
  test_elicitation: async ({ message }) => {
    const answer = await form(message ?? 'Who?', { username: { type: 'string', description: "User's response" }, email: { type: 'string', description: "User's email address" } });
    return [text(`User response: ${JSON.stringify(answer)}`)];
  },
  test_elicitation_sep1034_defaults: async () => {
    const answer = await form('Please review', {
      name: { type: 'string', default: 'John Doe' }, age: { type: 'integer', default: 30 },
      score: { type: 'number', default: 95.5 }, status: { type: 'string', enum: ['active', 'inactive', 'pending'], default: 'active' },
      verified: { type: 'boolean', default: true } }, undefined, []);
    return [text(`Elicitation completed: ${JSON.stringify(answer)}`)];
  },
  test_elicitation_sep1330_enums: async () => {
    const options = ['option1', 'option2', 'option3'];
    const titled = [['value1', 'First Option'], ['value2', 'Second Option'], ['value3', 'Third Option']].map(([value, title]) => ({ const: value, title }));
    const answer = await form('Please select', {
      untitledSingle: { type: 'string', enum: options },
      titledSingle: { type: 'string', oneOf: titled },
      legacyEnum: { type: 'string', enum: ['opt1', 'opt2', 'opt3'], enumNames: ['Option One', 'Option Two', 'Option Three'] },
      untitledMulti: { type: 'array', items: { type: 'string', enum: options } },
      titledMulti: { type: 'array', items: { anyOf: titled } } }, undefined, []);
    return [text(`Elicitation completed: ${JSON.stringify(answer)}`)];
  },
  json_schema_2020_12_tool: () => [text('JSON Schema 2020-12 tool')],
  test_missing_capability: async () => [text((await sample('anything', 10)).content.text)],
  test_streaming_elicitation: async () => [text(JSON.stringify(await form('Streaming?', name)))],
  test_logging_tool: async () => { log('a line'); return [text('logged')]; },
  test_trigger_tool_change: () => { send({ method: 'notifications/tools/list_changed' }); return [text('changed')]; },
  test_trigger_prompt_change: () => { send({ method: 'notifications/prompts/list_changed' }); return [text('changed')]; },
  test_input_required_result_elicitation: async () => [text(`Hello, ${(await form('What is your name?', name, 'user_name')).content.name}!`)],
  test_input_required_result_sampling: async () => [text((await sample('What is the capital of France?', 100, 'capital_question')).content.text)],
  test_input_required_result_list_roots: async () => [text((await roots('client_roots')).roots.map(({ uri }) => uri).join())],
  test_input_required_result_request_state: async () => [text(`state-ok ${(await form('Please confirm', ok, 'confirm')).action}`)],
  test_input_required_result_tampered_state: async () => [text((await form('Please confirm', ok, 'confirm')).action)],
  test_input_required_result_multiple_inputs: async () => [text(JSON.stringify(await Promise.all([
    form('What is your name?', name, 'user_name'), sample('Generate a greeting', 50, 'greeting'), roots('client_roots')])))],
  test_input_required_result_multi_round: async () => {
    const first = await form('Step 1: What is your name?', name, 'step1');
    const second = await form('Step 2: What is your favorite color?', { color: { type: 'string' } }, 'step2');
    return [text(`${first.content.name} likes ${second.content.color}`)];
  },
  test_input_required_result_capabilities: async () => {
    const answers = await Promise.allSettled([form('Name?', name, 'name'), sample('Anything', 10, 'anything')]);
    return [text(JSON.stringify(answers))];
  },
};

const schema2020 = { $schema: 'https://json-schema.org/draft/2020-12/schema', type: 'object',
  $defs: { address: { type: 'object', properties: { street: { type: 'string' }, city: { type: 'string' } } } },
  properties: { name: { type: 'string' }, address: { $ref: '#/$defs/address' } }, additionalProperties: false };

const resources = {
  'test://static-text': { mimeType: 'text/plain', text: 'This is the content of the static text resource.' },
  'test://static-binary': { mimeType: 'image/png', blob: PNG },
  'test://watched-resource': { mimeType: 'text/plain', text: 'Watched resource content' },
};

const prompts = {
  test_simple_prompt: { messages: () => [text('This is a simple prompt for testing.')] },
  test_prompt_with_arguments: { arguments: ['arg1', 'arg2'],
    messages: ({ arg1, arg2 }) => [text(`Prompt with arguments: arg1='${arg1}', arg2='${arg2}'`)] },
  test_prompt_with_embedded_resource: { arguments: ['resourceUri'],
    messages: ({ resourceUri }) => [embedded(resourceUri, 'text/plain', 'Embedded resource content for testing.'), text('Please process the embedded resource above.')] },
  test_prompt_with_image: { messages: () => [image, text('Please analyze the image above.')] },
  test_input_required_result_prompt: {
    messages: async () => [text((await form('What context should the prompt use?', { context: { type: 'string' } }, 'user_context')).content.context)] },
};

class Refusal extends Error {
  constructor(code, message, data) { super(message); Object.assign(this, { code, data }); }
}

const methods = {
  initialize: () => ({ protocolVersion: '2025-11-25', serverInfo: { name: 'everything', version: '1.0.0' },
    capabilities: { tools: { listChanged: true }, prompts: { listChanged: true }, resources: { subscribe: true, listChanged: true }, logging: {}, completions: {} } }),
  'tools/list': () => ({ tools: Object.keys(tools).map((tool) => ({ name: tool, description: tool.replaceAll('_', ' '),
    inputSchema: tool === 'json_schema_2020_12_tool' ? schema2020 : { type: 'object' } })) }),
  'tools/call': async ({ name: tool, arguments: args = {}, _meta = {} }) => {
    if (!Object.hasOwn(tools, tool)) throw new Refusal(-32602, `Unknown tool: ${tool}`);
    try {
      return { content: await tools[tool](args, _meta.progressToken) };
    } catch (error) {
      if (error.code !== undefined) throw error;
      return { content: [text(error.message)], isError: true };
    }
  },
  'resources/list': () => ({ resources: Object.entries(resources).map(([uri, { mimeType }]) => ({ uri, name: uri.slice(7), mimeType })) }),
  'resources/templates/list': () => ({ resourceTemplates: [{ uriTemplate: 'test://template/{id}/data', name: 'template', mimeType: 'application/json' }] }),
  'resources/read': ({ uri }) => {
    const id = /^test:\/\/template\/([^/]+)\/data$/.exec(uri)?.[1];
    if (id) return { contents: [{ uri, mimeType: 'application/json', text: JSON.stringify({ id, templateTest: true, data: `Data for ID: ${id}` }) }] };
    if (!Object.hasOwn(resources, uri)) throw new Refusal(-32002, 'Resource not found', { uri });
    return { contents: [{ uri, ...resources[uri] }] };
  },
  'resources/subscribe': () => ({}),
  'resources/unsubscribe': () => ({}),
  'prompts/list': () => ({ prompts: Object.entries(prompts).map(([prompt, { arguments: args = [] }]) => ({ name: prompt, description: prompt.replaceAll('_', ' '),
    arguments: args.map((argument) => ({ name: argument, description: argument, required: true })) })) }),
  'prompts/get': async ({ name: prompt, arguments: args = {} }) => {
    if (!Object.hasOwn(prompts, prompt)) throw new Refusal(-32602, `Unknown prompt: ${prompt}`);
    return { messages: (await prompts[prompt].messages(args)).map((content) => ({ role: 'user', content })) };
  },
  'completion/complete': () => ({ completion: { values: [], total: 0, hasMore: false } }),
  'logging/setLevel': () => ({}),
  ping: () => ({}),
};

createInterface({ input: process.stdin }).on('line', async (line) => {
  const message = JSON.parse(line);
  const { id, method, params } = message;
  if (method === undefined) {
    const answer = asked.get(id);
    asked.delete(id);
    return answer?.(message);
  }
  if (id === undefined) return;
  try {
    if (!Object.hasOwn(methods, method)) throw new Refusal(-32601, `Method not found: ${method}`);
    send({ id, result: await methods[method](params ?? {}) });
  } catch ({ code, message: why, data }) {
    send({ id, error: { code: code ?? -32603, message: why, data } });
  }
}).on('close', () => process.exit(0));
