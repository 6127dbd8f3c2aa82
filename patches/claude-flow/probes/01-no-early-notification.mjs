// The first message on standard output is the answer to the client's first request.
import { check, probe } from './lib/mcp.mjs';

await probe(async (start) => {
  const server = start();
  const answer = await server.initialize();
  const first = server.messages[0];
  check(first === answer, `before the client said anything, the server sent ${JSON.stringify(first).slice(0, 80)}`);
  check(answer.result?.serverInfo?.name, `initialize was answered ${JSON.stringify(answer)}`);
  return 'the first message is the answer to initialize';
});
