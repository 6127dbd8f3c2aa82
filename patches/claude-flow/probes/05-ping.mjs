// `ping` is answered with an empty result.
import { check, probe, short } from './lib/mcp.mjs';

await probe(async ({ start, seen }) => {
  const server = start();
  await server.initialize();
  seen.answer = await server.request('ping');
  const { result } = seen.answer;
  check(result && Object.keys(result).length === 0, `ping was answered ${short(seen.answer)}`);
});
