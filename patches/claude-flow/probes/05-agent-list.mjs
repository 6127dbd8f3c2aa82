// agent_list: empty when nothing was spawned; lists what was spawned; still does in the next session.
import { check, probe } from './lib/mcp.mjs';

await probe(async (start) => {
  let server = start();
  await server.initialize();
  const store = await server.storeReady();
  const none = await server.tool('agent_list', {});
  check(none.success && none.agents.length === 0, `nothing was spawned, and it lists ${JSON.stringify(none.agents)}`);

  const { agentId } = await server.tool('agent_spawn', { type: 'coder', name: 'probe-1', capabilities: ['rust'] });
  const same = (list) => list.agents.length === 1 && list.agents[0].id === agentId && list.agents[0].name === 'probe-1';
  const now = await server.tool('agent_list', {});
  check(same(now), `one agent was spawned, and it lists ${JSON.stringify(now.agents)}`);
  check(now.agents[0].capabilities[0] === 'rust', `capabilities are ${JSON.stringify(now.agents[0].capabilities)}`);
  if (store === 'in-memory') return 'lists the agents spawned, and no others (store in memory: no second session tried)';

  await server.stop();
  server = start();
  await server.initialize();
  await server.storeReady();
  const later = await server.tool('agent_list', {});
  check(same(later), `in the next session it lists ${JSON.stringify(later.agents)}`);
  return 'lists the agents spawned, and no others, in the next session too';
});
