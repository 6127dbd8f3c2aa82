// The server reports the version in its package's package.json.
import { check, packageVersion, probe } from './lib/mcp.mjs';

await probe(async ({ start, packageDir, seen }) => {
  seen.expected = packageVersion(packageDir);
  const answer = await start().initialize();
  seen.version = answer.result.serverInfo.version;
  check(seen.version === seen.expected, `the server reports ${seen.version}, the package is ${seen.expected}`);
});
