// What every probe needs: start the MCP server of a claude-flow package, speak JSON-RPC with it over stdio,
// judge, and end with status 0 (holds), 1 (does not hold) or 2 (could not be tried).
//
//   node NN-name.mjs CLAUDE_FLOW_PACKAGE_DIR
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

const LIMIT_MS = 20_000; // for the whole probe
const QUIET_MS = 700; // a server that has said nothing for so long says nothing

export class Server {
  constructor(packageDir, cwd) {
    // The real path: the server starts only when it finds itself in argv[1].
    const file = path.join(realpathSync(packageDir), 'src/mcp/mcp-server.js');
    this.messages = []; // everything on standard output, in order
    this.waiting = new Map(); // id -> resolve
    this.nextId = 1;
    this.log = '';
    this.child = spawn(process.execPath, [file], { cwd, stdio: ['pipe', 'pipe', 'pipe'] });
    this.child.stdin.on('error', () => {});
    this.child.stderr.on('data', (chunk) => (this.log += chunk));
    this.exited = new Promise((resolve) => this.child.on('exit', resolve));
    let rest = '';
    this.child.stdout.on('data', (chunk) => {
      const lines = (rest + chunk).split('\n');
      rest = lines.pop();
      for (const line of lines.filter((l) => l.trim())) {
        const message = JSON.parse(line);
        this.messages.push(message);
        this.waiting.get(message.id)?.(message);
      }
    });
  }

  send(message) {
    this.child.stdin.write(JSON.stringify({ jsonrpc: '2.0', ...message }) + '\n');
  }

  // A request; resolves to the whole answer.
  request(method, params) {
    const id = this.nextId++;
    const answer = new Promise((resolve) => this.waiting.set(id, resolve));
    this.send({ id, method, params });
    return answer;
  }

  // The handshake every client makes.
  async initialize() {
    const answer = await this.request('initialize', {
      protocolVersion: '2024-11-05',
      capabilities: {},
      clientInfo: { name: 'probe', version: '1' },
    });
    this.send({ method: 'notifications/initialized' });
    return answer;
  }

  // A tool's own result, out of the text it is wrapped in.
  async tool(name, args) {
    return unwrap(await this.request('tools/call', { name, arguments: args }));
  }

  quiet() {
    return new Promise((resolve) => setTimeout(resolve, QUIET_MS));
  }

  // Log lines tell when the store is open; before that an agent may go unsaved.
  async storeReady() {
    while (!/Using (SQLite|in-memory) storage/.test(this.log)) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    return this.log.includes('Using SQLite storage') ? 'SQLite' : 'in-memory';
  }

  async stop() {
    this.child.stdin.end();
    await this.exited;
  }
}

export function unwrap(answer) {
  if (!answer.result?.content) throw new Failed(`not the result of a tool: ${JSON.stringify(answer)}`);
  return JSON.parse(answer.result.content[0].text);
}

class Failed extends Error {}

export function check(condition, message) {
  if (!condition) throw new Failed(message);
}

// Run a probe: `body(start)` gets a function that starts a server; all servers of one probe share one
// working directory, so a second one sees what the first has stored.
export async function probe(body) {
  const packageDir = process.argv[2];
  if (!packageDir || !existsSync(path.join(packageDir, 'src/mcp/mcp-server.js'))) {
    console.error('usage: node PROBE CLAUDE_FLOW_PACKAGE_DIR (with src/mcp/mcp-server.js in it)');
    process.exit(2);
  }
  const cwd = mkdtempSync(path.join(tmpdir(), 'mad-probe-'));
  const servers = [];
  const finish = (status, text) => {
    for (const server of servers) server.child.kill('SIGKILL');
    rmSync(cwd, { recursive: true, force: true });
    console.log(text);
    process.exit(status);
  };
  const start = () => {
    const server = new Server(packageDir, cwd);
    servers.push(server);
    server.exited.then((code) => code && finish(2, `ERROR the server ended with status ${code}: ${server.log.slice(-500)}`));
    return server;
  };
  setTimeout(() => {
    finish(2, `ERROR no end after ${LIMIT_MS} ms; the server's log ends: ${servers.at(-1)?.log.slice(-500)}`);
  }, LIMIT_MS);
  try {
    finish(0, `PASS ${(await body(start)) ?? ''}`.trim());
  } catch (error) {
    finish(error instanceof Failed ? 1 : 2, `${error instanceof Failed ? 'FAIL' : 'ERROR'} ${error.message}`);
  }
}
