import { ConfigurationId, GroupId } from '@prelaunch/contracts/ids';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { configurationOfToken, groupOfToken, numberOfToken, tokenOf } from './page-token.ts';

const READERS = {
  groups: { read: groupOfToken, places: fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/), schema: GroupId },
  configurations: {
    read: configurationOfToken,
    places: fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/),
    schema: ConfigurationId,
  },
};

/** What callers may make up. */
const anything = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.base64String(),
  fc.string().map(tokenOf),
  fc.constantFrom(tokenOf('1').toUpperCase(), `${tokenOf('base')}=`, tokenOf('0'), tokenOf('-1'), tokenOf('1e3')),
);

const REFUSAL = { code: 'request.invalid', problems: [{ path: 'nextToken' }] };

function caught(read: () => unknown): unknown {
  try {
    return { answer: read() };
  } catch (error) {
    return error;
  }
}

describe.each(Object.entries(READERS))('a token in a list of %s', (_what, { read, places, schema }) => {
  it('is understood again', () => {
    const known = places.filter((place) => schema.safeParse(place).success);
    fc.assert(
      fc.property(known, (place) => {
        expect(read(tokenOf(place))).toBe(place);
      }),
    );
  });

  it('is refused where no answer can have held it', () => {
    fc.assert(
      fc.property(anything, (token) => {
        const place = Buffer.from(token, 'base64url').toString();
        if (schema.safeParse(place).success && tokenOf(place) === token) return;
        expect(caught(() => read(token))).toMatchObject(REFUSAL);
      }),
    );
  });
});

describe('a token in a list of versions', () => {
  it('is understood again', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 999_999_999 }), (version) => {
        expect(numberOfToken(tokenOf(String(version)))).toBe(version);
      }),
    );
  });

  it('is refused where no answer can have held it', () => {
    fc.assert(
      fc.property(anything, (token) => {
        const outcome = caught(() => numberOfToken(token));
        if (outcome instanceof Error) expect(outcome).toMatchObject(REFUSAL);
        else expect(tokenOf(String((outcome as { answer: number }).answer))).toBe(token);
      }),
    );
  });

  it.each(['', '0', '01', '-1', '1.5', '1e3', '1234567890', 'base', ' 1'])('is refused for the place %j', (place) => {
    expect(caught(() => numberOfToken(tokenOf(place)))).toMatchObject(REFUSAL);
  });

  it.each([`${tokenOf('7')}=`, `${tokenOf('7')}\n`, ` ${tokenOf('7')}`])(
    'is refused as %j, which is not its text',
    (token) => {
      expect(caught(() => numberOfToken(token))).toMatchObject(REFUSAL);
    },
  );
});
