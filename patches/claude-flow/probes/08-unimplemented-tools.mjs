// A tool that does nothing does not claim success; one that works still does.
import { check, probe, short } from './lib/mcp.mjs';

await probe(async ({ start, seen }) => {
  const server = start();
  await server.initialize();
  await server.store();
  for (const name of ['config_manage', 'no_such_tool']) {
    seen[name] = await server.tool(name, { action: 'set' });
    check(seen[name].success === false, `${name} did nothing and answered ${short(seen[name])}`);
  }
  const works = await server.tool('memory_usage', { action: 'list' });
  check(works.success === true, `memory_usage was answered ${short(works)}`);
});
