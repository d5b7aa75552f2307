import { writeFile } from 'node:fs/promises';
import { contractFiles } from './contract-files.ts';

for (const { url, text } of contractFiles()) await writeFile(url, text);
