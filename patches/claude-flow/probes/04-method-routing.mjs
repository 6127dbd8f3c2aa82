// A tool called as a method runs; a method that is no tool is still unknown.
import { check, probe, unwrap } from './lib/mcp.mjs';

await probe(async (start) => {
  const server = start();
  await server.initialize();
  await server.storeReady();
  const stored = await server.request('memory_usage', { action: 'store', key: 'probe', value: 'kept' });
  check(stored.result, `the method memory_usage was answered ${JSON.stringify(stored)}`);
  const kept = await server.tool('memory_usage', { action: 'retrieve', key: 'probe' });
  check(kept.value === 'kept', `tools/call does not see what the method stored: ${JSON.stringify(kept)}`);
  unwrap(await server.request('agent_list')); // without params, too
  for (const method of ['no_such_tool', 'toString']) {
    const unknown = await server.request(method);
    check(unknown.error?.code === -32601, `the method ${method} was answered ${JSON.stringify(unknown)}`);
  }
  return 'a tool called as a method runs';
});
