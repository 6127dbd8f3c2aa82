// `ping` is answered with an empty result.
import { check, probe } from './lib/mcp.mjs';

await probe(async (start) => {
  const server = start();
  await server.initialize();
  const answer = await server.request('ping');
  check(answer.result && Object.keys(answer.result).length === 0, `ping was answered ${JSON.stringify(answer)}`);
  return 'ping is answered with an empty result';
});
