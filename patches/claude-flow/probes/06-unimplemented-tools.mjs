// A tool that does nothing does not claim success; one that works still does.
import { check, probe } from './lib/mcp.mjs';

await probe(async (start) => {
  const server = start();
  await server.initialize();
  await server.storeReady();
  for (const name of ['terminal_execute', 'no_such_tool']) {
    const result = await server.tool(name, { command: 'touch ran' });
    check(result.success === false, `${name} did nothing and answered ${JSON.stringify(result)}`);
  }
  const works = await server.tool('memory_usage', { action: 'list' });
  check(works.success === true, `memory_usage was answered ${JSON.stringify(works)}`);
  return 'a tool that is not implemented says so';
});
