// The first message on standard output is the answer to the client's first request.
import { check, probe, short } from './lib/mcp.mjs';

await probe(async ({ start, seen }) => {
  const server = start();
  const answer = await server.initialize();
  seen.first = server.messages[0];
  check(seen.first === answer, `before the client said anything, the server sent ${short(seen.first)}`);
});
