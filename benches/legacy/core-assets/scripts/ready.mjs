#!/usr/bin/env node
// Says when the container is of use: starts claude-flow's MCP server, and prints `READY` and the time in
// milliseconds once it has answered `initialize` and listed its tools. Then stays, so that the container does.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

const server = spawn('claude-flow', ['mcp', 'start'], { stdio: ['pipe', 'pipe', 'ignore'] });
const send = (message) => server.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);

createInterface({ input: server.stdout }).on('line', (line) => {
  let message;
  try {
    message = JSON.parse(line);
  } catch {
    return; // a log line
  }
  if (message.id === 1) {
    send({ method: 'notifications/initialized' });
    send({ id: 2, method: 'tools/list', params: {} });
  } else if (message.id === 2 && message.result?.tools?.length > 0) {
    console.log(`READY ${Date.now()} tools ${message.result.tools.length}`);
  }
});
send({
  id: 1,
  method: 'initialize',
  params: { protocolVersion: '2024-11-05', capabilities: {}, clientInfo: { name: 'ready', version: '1' } },
});
for (const signal of ['SIGTERM', 'SIGINT']) {
  process.on(signal, () => {
    server.kill();
    process.exit(0);
  });
}
