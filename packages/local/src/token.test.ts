import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { ROLES } from '@prelaunch/contracts/access';
import { decodeJwt } from 'jose';
import { describe, expect, it } from 'vitest';

const PROGRAM = fileURLToPath(new URL('./token.ts', import.meta.url));

const run = (...words: string[]) => promisify(execFile)(process.execPath, [PROGRAM, ...words]);

describe('npm run token', () => {
  it('prints one token and nothing else', async () => {
    const words = ['--role', 'operator', '--role', 'viewer', '--group', 'people', '--user', 'ada', '--expires', '90s'];
    const { stdout, stderr } = await run(...words);
    expect(stderr).toBe('');
    expect(stdout).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+\n$/);
    const { exp = 0, iat = 0, ...claims } = decodeJwt(stdout.trim());
    expect(claims).toMatchObject({
      'cognito:username': 'ada',
      'cognito:groups': ['prelaunch-operator', 'prelaunch-viewer', 'people'],
    });
    expect(exp - iat).toBe(90);
  });

  it.each([
    ['an unknown role', ['--role', 'king'], `Allowed are ${ROLES.join(', ')}.`],
    ['two groups in one', ['--group', 'a,b'], 'without spaces and commas'],
    ['no user', ['--user', ''], '1 to 128 characters'],
    ['a duration without a unit', ['--expires', '10'], 'such as 90s, 15m or 1h, up to 24h'],
    ['a duration that is too long', ['--expires', '25h'], 'up to 24h'],
    ['an unknown word', ['operator'], 'too many arguments'],
  ])('refuses %s and says what is allowed', async (_case, words, message) => {
    await expect(run(...words)).rejects.toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringContaining(message),
    });
  });
});
