// Runs in a container of the default image, as `node --experimental-websocket --input-type=module`: waits for
// the gateway, spawns an agent over WebSocket, and prints the ids of the agents that the other transports list.
import net from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

const call = (id, name, args = {}) =>
  JSON.stringify({ jsonrpc: '2.0', id, method: 'tools/call', params: { name, arguments: args } });
const result = (message) => JSON.parse(message.result.content[0].text);
const ids = (message) => result(message).agents.map(({ id }) => id);

const isReady = () => fetch('http://127.0.0.1:9500/ready').then(({ ok }) => ok, () => false);
for (let left = 600; !(await isReady()); left -= 1) {
  if (left === 0) throw new Error('the gateway is not ready after a minute');
  await sleep(100);
}

const spawned = await new Promise((resolve, reject) => {
  const socket = new WebSocket('ws://127.0.0.1:3002/');
  socket.onerror = () => reject(new Error('WebSocket'));
  socket.onopen = () => socket.send(call('spawn', 'agent_spawn', { type: 'coder', name: 'from-websocket' }));
  socket.onmessage = ({ data }) => {
    const message = JSON.parse(data);
    if (message.id !== 'spawn') return;
    socket.close();
    resolve(result(message).agentId);
  };
});

const tcp = await new Promise((resolve, reject) => {
  const socket = net.connect(9500, '127.0.0.1', () => socket.write(`${call(7, 'agent_list')}\n`));
  let text = '';
  socket.on('error', reject);
  socket.on('data', (data) => {
    text += data;
    const lines = text.split('\n').slice(0, -1).map((line) => JSON.parse(line));
    const answer = lines.find(({ id }) => id === 7);
    if (!answer) return;
    socket.destroy();
    resolve(ids(answer));
  });
});

const headers = { 'Content-Type': 'application/json', Accept: 'application/json, text/event-stream' };
const post = (body, more = {}) =>
  fetch('http://127.0.0.1:9500/mcp', { method: 'POST', headers: { ...headers, ...more }, body });
const clientInfo = { name: 'mad-test', version: '1' };
const params = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo };
const opened = await post(JSON.stringify({ jsonrpc: '2.0', id: 0, method: 'initialize', params }));
await opened.text();
const session = { 'Mcp-Session-Id': opened.headers.get('mcp-session-id') };
const body = await (await post(call(8, 'agent_list'), session)).text();
const messages = body.split('\n').map((line) => line.replace(/^data: /, '')).filter((line) => line.startsWith('{'));
const http = ids(messages.map((line) => JSON.parse(line)).find(({ id }) => id === 8));

console.log(JSON.stringify({ spawned, tcp, http }));
