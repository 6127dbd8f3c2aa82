// agent_list: nothing when nothing was spawned; what was spawned, of one swarm or of all; in the next session, too, if
// the store is on disk.
import { check, probe, short } from './lib/mcp.mjs';

await probe(async ({ start, seen }) => {
  let server = start();
  await server.initialize();
  seen.store = await server.store();
  const list = async (args) => {
    const answer = await server.tool('agent_list', args);
    check(answer.success && answer.count === answer.agents.length, `agent_list was answered ${short(answer)}`);
    return answer;
  };
  const spawn = async (args) => (await server.tool('agent_spawn', args)).agentId;
  const same = (agents, ids) => short(agents.map((a) => a.id).sort()) === short([...ids].sort());

  seen.none = await list();
  check(seen.none.count === 0, `nothing was spawned, and it lists ${short(seen.none.agents)}`);

  const loose = await spawn({ type: 'tester', name: 'loose' }); // in no swarm
  const { swarmId: a } = await server.tool('swarm_init', { topology: 'mesh' });
  const inA = [await spawn({ type: 'coder', name: 'a-1', capabilities: ['rust'] })];
  const { swarmId: b } = await server.tool('swarm_init', { topology: 'ring' });
  const inB = [await spawn({ type: 'coder', name: 'b-1' }), await spawn({ type: 'coder', name: 'b-2', swarmId: b })];
  inA.push(await spawn({ type: 'tester', name: 'a-2', swarmId: a }));
  // Something else in the same namespace is no agent.
  await server.tool('memory_usage', { action: 'store', namespace: 'agents', key: 'agent:x', value: '{"id":"agent-x"}' });

  const all = [loose, ...inA, ...inB];
  const listsAll = async (when) => {
    for (const [args, ids] of [[{}, all], [{ swarmId: a }, inA], [{ swarmId: b }, inB], [{ swarmId: 'no-such' }, []]]) {
      const { agents } = await list(args);
      check(same(agents, ids), `${when}, agent_list ${short(args)} should list ${short(ids)}, and lists ${short(agents)}`);
    }
  };
  await listsAll('now');
  const first = (await list({ swarmId: a })).agents.find((agent) => agent.id === inA[0]);
  seen.agent = first;
  check(first.name === 'a-1' && first.type === 'coder' && first.swarmId === a, `a-1 is listed as ${short(first)}`);
  check(first.capabilities?.[0] === 'rust', `the capabilities of a-1 are ${short(first.capabilities)}`);

  await server.stop();
  server = start();
  await server.initialize();
  await server.store();
  if (seen.store === 'SQLite') await listsAll('in the next session');
  else check((await list()).count === 0, 'in the next session it lists agents that no store has kept');

  // More than the 100 that the store lists unless told otherwise.
  const before = (await list()).count;
  await Promise.all(Array.from({ length: 101 }, () => spawn({ type: 'coder' })));
  seen.many = (await list()).count - before;
  check(seen.many === 101, `101 agents were spawned, and it lists ${seen.many}`);
});
