import { LaunchSettings } from '@prelaunch/contracts/launch-settings';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { type Problem, problemsOf, shown } from './problems.ts';

function problems(stated: unknown, at?: string, schema: z.ZodType = LaunchSettings): Problem[] {
  const result = schema.safeParse(stated);
  if (result.success) return [];
  return problemsOf(result.error, stated, { code: 'settings', schema, ...(at !== undefined && { at }) });
}

describe('problemsOf', () => {
  it('names a field that is not known, with those that are', () => {
    const [problem, ...others] = problems({ subnet: 'subnet-0a1b2c3d' }, 'launchConfig');
    expect(others).toEqual([]);
    expect(problem).toMatchObject({
      code: 'settings.unknown_field',
      path: 'launchConfig.subnet',
      message: 'launchConfig.subnet is not a known field',
      value: 'subnet-0a1b2c3d',
    });
    expect(problem?.allowed).toContain('subnetId');
    expect(problem?.allowed.split(', ')).toHaveLength(Object.keys(LaunchSettings.shape).length);
  });

  it('names the fields of the object that an unknown one is in', () => {
    const found = problems({
      metadataOptions: { tokens: 1, httpTokens: 'required' },
      licensing: { osByol: true, x: 1 },
    });
    const options = 'one of httpEndpoint, httpTokens, httpPutResponseHopLimit, httpProtocolIpv6, instanceMetadataTags';
    expect(Object.fromEntries(found.map(({ path, allowed }) => [path, allowed]))).toEqual({
      'licensing.x': 'one of osByol',
      'metadataOptions.tokens': options,
    });
  });

  it('says that there is no such field where an object has none', () => {
    const schema = z.object({ empty: z.strictObject({}) });
    expect(problems({ empty: { a: 1 } }, undefined, schema)).toMatchObject([
      { path: 'empty.a', allowed: 'no such field' },
    ]);
  });

  it('gives path, value and what is allowed for a value of a wrong type', () => {
    expect(problems({ copyTags: 'yes' })).toEqual([
      {
        code: 'settings.invalid',
        message: 'copyTags must be true or false',
        path: 'copyTags',
        value: 'yes',
        allowed: 'true or false',
      },
    ]);
  });

  it('says what to give where a value is missing, without a value', () => {
    const [problem] = problems({ licensing: {} });
    expect(problem).toEqual({
      code: 'settings.missing',
      message: 'licensing.osByol is missing: give true or false',
      path: 'licensing.osByol',
      allowed: 'true or false',
    });
  });

  it('finds every problem at once', () => {
    const found = problems({ copyTags: 1, unknown: 2, subnetId: 'x', securityGroupIds: ['sg-0a1b2c3d', 'y'] });
    expect(found.map(({ path }) => path).sort()).toEqual(['copyTags', 'securityGroupIds.1', 'subnetId', 'unknown']);
  });

  it('sees through optional, default and nullable objects', () => {
    const schema = z.strictObject({ outer: z.strictObject({ known: z.string() }).optional().nullable() });
    expect(problems({ outer: { known: 'x', other: 1 } }, undefined, schema)).toMatchObject([
      { path: 'outer.other', allowed: 'one of known' },
    ]);
  });

  it.each([
    ['launchDisposition', 'one of STOPPED, STARTED'],
    ['targetInstanceTypeRightSizingMethod', 'one of NONE, BASIC, IN_AWS'],
    ['tenancy', 'one of default, dedicated, host'],
  ])('lists the values allowed for %s', (name, allowed) => {
    expect(problems({ [name]: 'OTHER' })).toMatchObject([{ path: name, value: 'OTHER', allowed }]);
  });

  // What is allowed has to tell a person what to write, not what a parser expected.
  it.each([
    ['text instead of settings', 'text'],
    ['null instead of settings', null],
    ['metadataOptions', { metadataOptions: 'x' }],
    ['launchIntoInstanceProperties', { launchIntoInstanceProperties: 3 }],
    ['licensing', { licensing: 3 }],
    ['monitoring', { monitoring: 3 }],
    ['a list of tags', { tags: [] }],
  ])('says in words what is allowed for %s', (_what, stated) => {
    for (const { allowed, message } of problems(stated, 'launchConfig')) {
      expect(allowed).not.toContain('Invalid input');
      expect(message).not.toContain('Invalid input');
    }
  });

  it.each([
    ['aws:name', 'tag keys that do not begin with aws:'],
    ['', 'tag keys of 1 to 128 characters'],
    ['k'.repeat(129), 'tag keys of 1 to 128 characters'],
  ])('says what is wrong with the tag key "%s"', (key, allowed) => {
    expect(problems({ tags: { [key]: 'x' } })).toMatchObject([{ allowed }]);
  });

  it('shows a wrong metadata setting, whose name holds no secret', () => {
    expect(problems({ metadataOptions: { httpTokens: 'maybe' } })).toMatchObject([
      { path: 'metadataOptions.httpTokens', value: 'maybe' },
    ]);
  });
});

describe('shown', () => {
  it.each(['userData', 'user_data', 'UserData', 'dbPassword', 'clientSecret', 'apiToken', 'credentials', 'privateKey'])(
    'redacts what is at or under %s, however deep',
    (name) => {
      expect(shown(`launchConfig.${name}`, 'hush')).toBe('[redacted]');
      expect(shown(`launchConfig.${name}.inner`, 'hush')).toBe('[redacted]');
      expect(JSON.stringify(shown('launchConfig', { a: [{ [name]: 'hush' }] }))).not.toContain('hush');
    },
  );

  it('never shows what is under a sensitive key', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 3 }), (around) => {
        const kept = JSON.stringify(shown('launchConfig', { around, password: 'correct-horse-battery' }));
        expect(kept).not.toContain('correct-horse');
      }),
    );
  });

  it('cuts what is long, and keeps what is short as it is', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 4 }), (value) => {
        const kept = shown('launchConfig', value);
        const text = JSON.stringify(value);
        // Numbers that no table can hold are shown as text.
        fc.pre(!/e[+-]|\d{16}/.test(text));
        if (text.length <= 200) expect(kept).toEqual(JSON.parse(text));
        else expect(String(kept).length).toBeLessThanOrEqual(201);
      }),
    );
    const long = String(shown('name', 'x'.repeat(5_000)));
    expect([long.length, long.endsWith('…')]).toEqual([201, true]);
  });

  it('shows nothing where there is nothing', () => {
    expect(shown('name', undefined)).toBeUndefined();
  });
});
