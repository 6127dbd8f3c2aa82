// A message without an id gets no answer, and the server goes on working.
import { check, pause, probe, short } from './lib/mcp.mjs';

await probe(async ({ start, seen }) => {
  const server = start();
  await server.initialize(); // with notifications/initialized
  server.send({ method: 'notifications/cancelled', params: { requestId: 99 } });
  server.send({ method: 'ping' });
  server.send({ method: 'tools/list' });
  server.send({ method: 'no/such/method' });
  const answer = await server.request('tools/list');
  await pause(200); // for answers that take longer
  seen.answers = server.messages.filter((m) => (m.id ?? null) === null && (m.error || m.result)).map(short);
  check(seen.answers.length === 0, `a notification was answered ${seen.answers[0]}`);
  check(answer.result?.tools?.length > 0, `tools/list was answered ${short(answer)} afterwards`);
});
