import { readFile } from 'node:fs/promises';
import { ERROR_CODES } from '@prelaunch/contracts/error-codes';
import { describe, expect, it } from 'vitest';
import { remedyOf } from './remedies.ts';

const source = readFile(new URL('./remedies.ts', import.meta.url), 'utf8');

/** The keys of a table in the source: what is written there, whether or not anybody meets it. */
async function keysOf(table: string): Promise<string[]> {
  const [, body = ''] = (await source).split(`const ${table}`);
  const [entries = ''] = body.split('\n};');
  return [...entries.matchAll(/^ {2}'?([\w.]+)'?:/gm)].map(([, key = '']) => key);
}

describe('remedyOf', () => {
  it('knows no codes but those that there are', async () => {
    const codes = await keysOf('BY_CODE');
    expect(codes.length).toBeGreaterThan(3);
    expect(ERROR_CODES).toEqual(expect.arrayContaining(codes));
    for (const code of ERROR_CODES) expect(remedyOf(code) !== undefined).toBe(codes.includes(code));
  });

  it('prefers what AWS’s code says to what ours says', async () => {
    const awsCodes = await keysOf('BY_AWS_CODE');
    expect(awsCodes).toContain('VersionLimitExceeded');
    for (const awsCode of awsCodes) {
      expect(remedyOf('aws.refused', awsCode)).not.toBe(remedyOf('aws.refused'));
      expect(remedyOf('rate.waiting', awsCode)).toBe(remedyOf('aws.refused', awsCode));
    }
    expect(remedyOf('aws.refused', 'NeverHeardOf')).toBe(remedyOf('aws.refused'));
  });
});
