import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { callerPrincipal, cognitoPrincipal, iamPrincipal } from './principals.ts';

describe('cognitoPrincipal', () => {
  it('is the user of the token, with the groups it is in', () => {
    const claims = { sub: '0000', 'cognito:username': 'ada', email: 'ada@example.com', 'cognito:groups': 'a,b' };
    expect(cognitoPrincipal(claims)).toEqual({
      id: 'cognito:0000',
      label: 'ada',
      grantees: ['cognito-group:a', 'cognito-group:b'],
    });
  });

  it.each([
    [
      ['a', 'b'],
      ['a', 'b'],
    ],
    ['a,b', ['a', 'b']],
    ['a, b', ['a', 'b']],
    ['[a b]', ['a', 'b']],
    ['[a, b]', ['a', 'b']],
    ['a', ['a']],
    ['', []],
    ['[]', []],
    [undefined, []],
    [7, []],
    [['a', 7, null, '', 'x'.repeat(129)], ['a']],
    // What an API shows as text may have held commas; what it shows as a list is taken as it is.
    [['a,b'], ['a,b']],
  ])('reads groups shown as %j', (groups, names) => {
    const principal = cognitoPrincipal({ sub: '0000', 'cognito:groups': groups });
    expect(principal?.grantees).toEqual(names.map((name) => `cognito-group:${name}`));
  });

  it.each([
    [{ sub: '0000', email: 'ada@example.com' }, 'cognito:0000', 'ada@example.com'],
    [{ 'cognito:username': 'ada' }, 'cognito:ada', 'ada'],
    [{ sub: '0000', username: 'ada' }, 'cognito:0000', 'ada'],
    [{ sub: '0000' }, 'cognito:0000', '0000'],
  ])('makes do with %j', (claims, id, label) => {
    expect(cognitoPrincipal(claims)).toMatchObject({ id, label });
  });

  it.each([undefined, null, 5, 'text', [], {}, { sub: 5 }, { sub: '' }, { sub: 'x'.repeat(5000) }, { email: 'a@b.c' }])(
    'is nobody for %j',
    (claims) => expect(cognitoPrincipal(claims)).toBeUndefined(),
  );
});

describe('iamPrincipal', () => {
  it('is the user', () => {
    const arn = 'arn:aws:iam::111111111111:user/ops/ada';
    expect(iamPrincipal(arn)).toEqual({ id: `iam:${arn}`, label: 'ada', grantees: [`iam:${arn}`] });
  });

  it('is the session of a role, which was given what the role was given', () => {
    const arn = 'arn:aws:sts::111111111111:assumed-role/Recoverer/ada@example.com';
    expect(iamPrincipal(arn)).toEqual({
      id: `iam:${arn}`,
      label: 'Recoverer/ada@example.com',
      grantees: ['iam:arn:aws:iam::111111111111:role/Recoverer'],
    });
  });

  it.each([
    ['arn:aws:iam::111111111111:root', 'root'],
    ['arn:aws:sts::111111111111:federated-user/ada', 'ada'],
  ])('knows %s, to whom no role can be given', (arn, label) => {
    expect(iamPrincipal(arn)).toEqual({ id: `iam:${arn}`, label, grantees: [] });
  });

  it.each([
    undefined,
    null,
    5,
    {},
    '',
    'arn',
    'arn:aws:s3:::bucket',
    'arn:aws:iam::1:user/x',
    'arn:aws:iam::111111111111:user/a b',
    'arn:aws:iam::111111111111:user/a\nb',
    `arn:aws:iam::111111111111:user/${'x'.repeat(2000)}`,
  ])('is nobody for %j', (arn) => expect(iamPrincipal(arn)).toBeUndefined());
});

describe('callerPrincipal', () => {
  const FUNCTION = 'arn:aws:lambda:eu-west-1:111111111111:function:prelaunch-dev-operations';

  it.each([
    [`${FUNCTION}:orchestrator`, 'orchestrator'],
    [`${FUNCTION}:7`, '7'],
    [`${FUNCTION}:$LATEST`, 'unqualified'],
    [FUNCTION, 'unqualified'],
  ])('knows callers of %s by the alias', (arn, alias) => {
    expect(callerPrincipal(arn)).toEqual({ id: `caller:${alias}`, grantees: [`caller:${alias}`] });
  });

  it.each([undefined, null, 5, '', 'x', `${FUNCTION}:a:b`, `${FUNCTION}:`, `${FUNCTION}:a b`, `x${FUNCTION}`])(
    'is nobody for %j',
    (arn) => expect(callerPrincipal(arn)).toBeUndefined(),
  );
});

describe('principals', () => {
  it('are made of anything without failing, and their labels are short', () => {
    const anything = fc.anything({ withNullPrototype: true, withBigInt: true });
    const claims = fc.dictionary(fc.constantFrom('sub', 'email', 'cognito:username', 'cognito:groups'), anything);
    fc.assert(
      fc.property(anything, claims, (value, some) => {
        for (const made of [
          cognitoPrincipal(value),
          cognitoPrincipal(some),
          iamPrincipal(value),
          callerPrincipal(value),
        ])
          if (made?.label) expect(made.label.length).toBeLessThanOrEqual(128);
      }),
    );
    const huge = 'x'.repeat(1_000_000);
    expect(cognitoPrincipal({ sub: '1', 'cognito:username': 'y'.repeat(900), 'cognito:groups': huge })).toEqual({
      id: 'cognito:1',
      label: 'y'.repeat(128),
      grantees: [],
    });
  });
});
