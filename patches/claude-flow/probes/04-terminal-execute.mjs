// terminal_execute runs the command: a shell only without args; folder, exit code, signal, time-out, output limit,
// empty standard input, the server's environment; refuses what is not a string; leaves nothing running.
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { check, pause, probe, short } from './lib/mcp.mjs';

// A zombie has ended: where no init reaps, it stays.
const alive = (pid) => {
  try {
    return !/^\d+ \(.*\) [ZX]/s.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
};

await probe(async ({ start, cwd, seen }) => {
  const server = start();
  await server.initialize();
  const run = async (args) => {
    const result = await Promise.race([server.tool('terminal_execute', args), pause(5000)]);
    check(result, `${short(args)} has no answer after 5 s`);
    return result;
  };
  const expect = async (name, args, wanted) => {
    const got = await run(args);
    seen[name] = Object.fromEntries(Object.keys(wanted).map((key) => [key, got[key]]));
    check(short(seen[name]) === short(wanted), `${name}: expected ${short(wanted)}, found ${short(seen[name])}`);
    return got;
  };
  const ended = async (name, pid) => {
    check(/^\d+$/.test(pid.trim()), `${name}: no process id but ${short(pid)}`);
    for (let i = 0; alive(pid.trim()) && i < 50; i++) await pause(20);
    check(!alive(pid.trim()), `${name}: process ${pid.trim()} is still running`);
  };

  const ok = { success: true, exitCode: 0, signal: null, timedOut: false, truncated: false };
  await expect('shell', { command: 'printf "a\\nb\\n" | tail -n 1' }, { ...ok, stdout: 'b\n' });
  const awkward = ['$(touch pwned)', '; touch pwned', '`touch pwned`', 'a  b', '"\'', '--', '*', ''];
  await expect('args', { command: 'printf', args: ['%s|', ...awkward] }, { ...ok, stdout: `${awkward.join('|')}|` });
  await expect('no shell with args', { command: 'touch pwned; echo', args: ['x'] }, { success: false });
  check(!existsSync(path.join(cwd, 'pwned')), 'an argument was run as a command');

  mkdirSync(path.join(cwd, 'sub folder'));
  await expect('cwd', { command: 'pwd -P', cwd: 'sub folder' }, { ...ok, stdout: `${path.join(cwd, 'sub folder')}\n` });
  await expect('exit code', { command: 'echo no >&2; exit 7' }, { success: false, exitCode: 7, stderr: 'no\n' });
  await expect('signal', { command: 'kill -KILL $$' }, { success: false, exitCode: null, signal: 'SIGKILL' });
  await expect('stdin', { command: 'cat', timeoutMs: 3000 }, { ...ok, stdout: '' });
  const env = await run({ command: process.execPath, args: ['-p', 'JSON.stringify(process.env)'] });
  check(short(JSON.parse(env.stdout)) === short(server.env), `the environment is ${env.stdout}`);

  const long = { success: true, exitCode: 0, truncated: true, stdoutBytes: 300_000 };
  const { stdout } = await expect('output limit', { command: 'yes | head -c 300000', maxOutputBytes: 1000 }, long);
  check(stdout === 'y\n'.repeat(500), `output limit: 1000 bytes wanted, ${stdout.length} given`);

  const slow = { command: 'sleep 60 & echo $!; wait', timeoutMs: 300 };
  const timeout = await expect('timeout', slow, { success: false, signal: 'SIGTERM', timedOut: true });
  check(timeout.durationMs < 4000, `timeout: 300 ms wanted, ${timeout.durationMs} ms taken`);
  await ended('timeout', timeout.stdout);
  const deaf = { command: 'trap "" TERM; sleep 60 & echo $!; wait; sleep 60', timeoutMs: 100 };
  await ended('timeout, deaf', (await expect('timeout, deaf', deaf, { signal: 'SIGKILL', timedOut: true })).stdout);
  await ended('left running', (await expect('left running', { command: 'sleep 60 & echo $!' }, ok)).stdout);

  const refused = { success: false, exitCode: undefined, stdout: undefined };
  for (const args of [
    {},
    { command: ' ' },
    { command: ['touch', 'pwned'] },
    { command: 'touch', args: ['pwned', 1] },
    { command: 'touch', args: 'pwned' },
    { command: 'touch pwned', cwd: 'no-such-folder' },
    { command: 'touch pwned', cwd: 1 },
    { command: 'touch pwned', timeoutMs: '5' },
    { command: 'touch pwned', timeoutMs: 0 },
    { command: 'touch pwned', maxOutputBytes: -1 },
    { command: 'touch pwned\0' },
    { command: 'no-such-program', args: ['x'] },
  ]) {
    const { error } = await expect(`refused ${short(args)}`, args, refused);
    check(typeof error === 'string' && error, `refused ${short(args)}: without a reason`);
  }
  check(!existsSync(path.join(cwd, 'pwned')), 'a refused command was run');

  // The server goes while a command runs.
  server.request('tools/call', {
    name: 'terminal_execute',
    arguments: { command: 'echo $$ > pid; exec sleep 60' },
  });
  const file = path.join(cwd, 'pid');
  while (!existsSync(file) || !readFileSync(file, 'utf8').endsWith('\n')) await pause(20);
  await server.stop();
  await ended('the server has ended', readFileSync(file, 'utf8'));
});
