import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { contractFiles } from './contract-files.ts';

describe('the documents of the contract', () => {
  it.each(contractFiles().map(({ name, url, text }) => ({ name, url, text })))(
    '$name is checked in as the schemas make it: else run npm run -s contract',
    async ({ url, text }) => {
      expect(await readFile(url, 'utf8')).toBe(text);
    },
  );

  it('are the same however often they are made', () => {
    expect(contractFiles()).toEqual(contractFiles());
  });
});
