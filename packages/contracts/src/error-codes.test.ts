import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { ERROR_CODES } from './error-codes.ts';

const PAGE = new URL('../../../docs/troubleshooting.md', import.meta.url);

describe('ERROR_CODES', () => {
  it('are all explained where people look them up, each in a row with cause and remedy, and no others', async () => {
    const page = await readFile(PAGE, 'utf8');
    const rows = page
      .slice(page.indexOf('## Settings'))
      .split('\n')
      .filter((line) => /^\| `[a-z]+\.[a-z_]+`/.test(line));
    const explained = rows.flatMap((row) =>
      [...(row.split('|')[1] ?? '').matchAll(/`([^`]+)`/g)].map(([, code]) => code),
    );
    expect(explained.toSorted()).toEqual([...ERROR_CODES].sort());
    for (const row of rows)
      expect(
        row
          .split('|')
          .slice(2, 4)
          .every((cell) => cell.trim().length > 3),
        row,
      ).toBe(true);
  });
});
