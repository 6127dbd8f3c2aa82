// A tool called as a method runs; a method that is no tool is still unknown.
import { check, probe, short, unwrap } from './lib/mcp.mjs';

await probe(async ({ start, seen }) => {
  const server = start();
  await server.initialize();
  await server.store();
  seen.answer = await server.request('memory_usage', { action: 'store', key: 'probe', value: 'kept' });
  check(seen.answer.result, `the method memory_usage was answered ${short(seen.answer)}`);
  seen.kept = (await server.tool('memory_usage', { action: 'retrieve', key: 'probe' })).value;
  check(seen.kept === 'kept', `tools/call does not find what the method stored: ${short(seen.kept)}`);
  unwrap(await server.request('swarm_status')); // without params, too
  for (const method of ['no_such_tool', 'toString', '__proto__']) {
    const unknown = await server.request(method);
    check(unknown.error?.code === -32601, `the method ${method} was answered ${short(unknown)}`);
  }
});
