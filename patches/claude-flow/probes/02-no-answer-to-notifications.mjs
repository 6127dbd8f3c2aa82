// A message without an id gets no answer, and the server goes on working.
import { check, probe } from './lib/mcp.mjs';

await probe(async (start) => {
  const server = start();
  await server.initialize();
  server.send({ method: 'notifications/cancelled', params: { requestId: 99 } });
  await server.quiet();
  const stray = server.messages.filter((m) => m.id === undefined && (m.error || m.result));
  check(stray.length === 0, `a notification was answered ${JSON.stringify(stray[0])}`);
  const answer = await server.request('tools/list');
  check(answer.result?.tools?.length > 0, 'tools/list has no answer afterwards');
  return 'notifications are not answered';
});
