// What every probe needs: start the MCP server of a claude-flow package, speak JSON-RPC with it over stdio, judge,
// print one line of JSON, and end with status 0 (the fault is not there), 1 (it is) or 2 (cannot judge; the reason is
// on standard error).
//
//   node NN-id.mjs PACKAGE_DIR
//
// The server runs in a temporary folder that is also its HOME, with almost nothing else in its environment, and so writes
// nowhere else; the folder and every process that the server has started are gone when the probe ends. Which files of
// the package it needs is in ../../README.md.
import { spawn } from 'node:child_process';
import {
  existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

const LIMIT_MS = 10_000; // for the whole probe
const SERVER = 'src/mcp/mcp-server.js';

class Fault extends Error {} // what the patch mends
class Unable extends Error {} // nothing can be said

class Server {
  constructor(file, cwd) {
    this.cwd = cwd;
    this.messages = []; // everything on standard output, in order
    this.waiting = new Map(); // id -> resolve
    this.nextId = 1;
    this.log = '';
    this.env = { PATH: process.env.PATH ?? '/usr/bin:/bin', HOME: cwd, TMPDIR: cwd, LC_ALL: 'C' };
    // Where better-sqlite3 is, when it is not beside the package.
    if (process.env.NODE_PATH) this.env.NODE_PATH = process.env.NODE_PATH;
    this.child = spawn(process.execPath, [file], { cwd, env: this.env });
    this.child.stdin.on('error', () => {});
    this.child.stderr.setEncoding('utf8').on('data', (text) => (this.log += text));
    this.exited = new Promise((resolve) => this.child.on('exit', (code, signal) => resolve(code ?? signal)));
    let rest = '';
    this.child.stdout.setEncoding('utf8').on('data', (text) => {
      const lines = (rest + text).split('\n');
      rest = lines.pop();
      for (const line of lines.filter((l) => l.trim())) this.receive(line);
    });
  }

  receive(line) {
    let message;
    try {
      message = JSON.parse(line);
    } catch {
      message = { notJson: line };
    }
    this.messages.push(message);
    this.waiting.get(message.id)?.(message);
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
    if (!answer.result?.serverInfo) throw new Unable(`initialize was answered ${short(answer)}`);
    this.send({ method: 'notifications/initialized' });
    return answer;
  }

  // A tool's own result, out of the text it is wrapped in.
  async tool(name, args = {}) {
    return unwrap(await this.request('tools/call', { name, arguments: args }));
  }

  // 'SQLite' or 'in-memory', as soon as the store is open: an agent spawned before that is not saved. Only the log tells.
  async store() {
    for (;;) {
      const found = /Using (SQLite|in-memory) storage/.exec(this.log);
      if (found) return found[1];
      await pause(20);
    }
  }

  async stop() {
    this.stopping = true;
    this.child.stdin.end();
    await this.exited;
  }
}

export const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

export const short = (value) => {
  const text = JSON.stringify(value) ?? 'undefined';
  return text.length > 300 ? `${text.slice(0, 300)}…` : text;
};

export function unwrap(answer) {
  if (!answer.result?.content) throw new Fault(`not the result of a tool: ${short(answer)}`);
  return JSON.parse(answer.result.content[0].text);
}

export function check(condition, fault) {
  if (!condition) throw new Fault(fault);
}

export function unable(why) {
  throw new Unable(why);
}

// Ends what the server has started, in whatever process group: all of it has our temporary folder as HOME.
function killAllAtHome(home) {
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      if (readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').includes(`HOME=${home}`)) process.kill(pid, 'SIGKILL');
    } catch {
      // It has ended, or is another user's.
    }
  }
}

// Runs a probe. `body({ start, cwd, packageDir, seen })`: `start()` gives a server; all servers of one probe share the
// folder `cwd`, so that a second one finds what the first has stored; what is put into `seen` is printed.
export async function probe(body) {
  const started = Date.now();
  const servers = [];
  const seen = {};
  let cwd;
  const finish = (status, why) => {
    for (const { child } of servers) child.kill('SIGKILL');
    if (cwd) {
      killAllAtHome(cwd);
      rmSync(cwd, { recursive: true, force: true, maxRetries: 3 });
    }
    const result = { schema: 'mad.probe/1', probe: path.basename(process.argv[1], '.mjs') };
    result.verdict = ['pass', 'fail', 'cannot-judge'][status];
    if (why) result.why = why;
    console.log(JSON.stringify({ ...result, seen, ms: Date.now() - started }));
    if (status === 2) console.error(`cannot judge: ${why}`);
    process.exit(status);
  };
  // Without the boxes drawn around advice.
  const log = () => servers.at(-1)?.log.replace(/^[╔╠╚║].*\n/gm, '').trim().slice(-400) || 'empty';
  setTimeout(() => finish(2, `no end after ${LIMIT_MS} ms; the server's log ends: ${log()}`), LIMIT_MS);
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => finish(2, `interrupted by ${signal}`));

  try {
    const packageDir = process.argv[2];
    if (!packageDir) unable('usage: node PROBE PACKAGE_DIR');
    if (!existsSync(path.join(packageDir, SERVER))) unable(`no ${SERVER} in ${packageDir}`);
    // The server starts only when it finds its own URL, file:// and nothing escaped, in argv[1].
    const file = realpathSync(path.join(packageDir, SERVER));
    if (pathToFileURL(file).href !== `file://${file}`) unable(`the server cannot start in a folder of that name: ${file}`);

    cwd = realpathSync(mkdtempSync(path.join(tmpdir(), 'mad-probe-')));
    // From 2.5.0 on the store is put into the project around the folder: make this folder a project.
    mkdirSync(path.join(cwd, '.git'));
    writeFileSync(path.join(cwd, 'CLAUDE.md'), '');
    const start = () => {
      const server = new Server(file, cwd);
      servers.push(server);
      server.exited.then((end) => {
        if (!server.stopping || end !== 0) finish(2, `the server ended with ${end}; its log ends: ${log()}`);
      });
      return server;
    };
    await body({ start, cwd, packageDir, seen });
    finish(0);
  } catch (error) {
    finish(error instanceof Fault ? 1 : 2, error.message);
  }
}

// The package's own version.
export function packageVersion(packageDir) {
  return JSON.parse(readFileSync(path.join(packageDir, 'package.json'), 'utf8')).version;
}
