// agent_spawn says "persisted": true when the agent is in the SQLite store.
import { check, probe, short, unable } from './lib/mcp.mjs';

await probe(async ({ start, seen }) => {
  const server = start();
  await server.initialize();
  seen.store = await server.store();
  seen.agent = await server.tool('agent_spawn', { type: 'coder' });
  check(seen.agent.success, `agent_spawn was answered ${short(seen.agent)}`);
  check(seen.agent.persisted === (seen.store === 'SQLite'), `the store is ${seen.store}, "persisted" is ${seen.agent.persisted}`);
  // In memory the pristine server is right by accident: that run proves nothing.
  if (seen.store !== 'SQLite') unable('the store is in memory; put better-sqlite3 beside the package, or its folder into NODE_PATH');
});
