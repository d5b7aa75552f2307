import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { ERROR_CODES } from './error-codes.ts';

const STATUS_PAGE = new URL('../../../docs/status.md', import.meta.url);

describe('ERROR_CODES', () => {
  it('are all explained where people look them up', async () => {
    const page = await readFile(STATUS_PAGE, 'utf8');
    expect(ERROR_CODES.filter((code) => !page.includes(`\`${code}\``))).toEqual([]);
  });
});
