import { readFile } from 'node:fs/promises';
import { contractFiles } from './contract-files.ts';

const stale: string[] = [];
for (const { name, url, text } of contractFiles()) {
  const checkedIn = await readFile(url, 'utf8').catch(() => undefined);
  if (checkedIn !== text) stale.push(name);
}
if (stale.length > 0) {
  console.error(
    `${stale.join(' and ')} in packages/contracts do not say what the schemas say. Run: npm run -s contract`,
  );
  process.exitCode = 1;
}
