// agent_spawn says "persisted": true exactly when the store is SQLite.
import { check, probe } from './lib/mcp.mjs';

await probe(async (start) => {
  const server = start();
  await server.initialize();
  const store = await server.storeReady();
  const agent = await server.tool('agent_spawn', { type: 'coder' });
  check(agent.success, `agent_spawn was answered ${JSON.stringify(agent)}`);
  check(agent.persisted === (store === 'SQLite'), `the store is ${store}, and "persisted" is ${agent.persisted}`);
  // In memory the pristine server is right by accident: that run proves nothing.
  if (store !== 'SQLite') throw new Error('cannot be tried without SQLite');
  return '"persisted" tells the truth';
});
