import type { LaunchSettings } from '@prelaunch/contracts/launch-settings';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anySettings, anySettingsWithNulls } from '../../../../tests/support/arbitraries.ts';
import { hashSettings, sameEffect } from '../settings/normalize-settings.ts';
import { differences, observedAs, settingNames } from './observed-settings.ts';

const ARN = 'arn:aws:iam::111111111111:instance-profile/path/Role';

/** What AWS has amounts to nothing. */
function isDefault(name: string, observed: LaunchSettings): boolean {
  return sameEffect({ [name]: observed[name as keyof LaunchSettings] }, {});
}

describe('differences', () => {
  it('finds none where AWS has what is desired, in whatever order', () => {
    fc.assert(
      fc.property(anySettings, (settings) => {
        expect(differences(settings, structuredClone(settings))).toEqual({});
        expect(hashSettings(observedAs(settings, settings))).toBe(hashSettings(settings));
      }),
    );
  });

  it('is empty exactly when AWS amounts to what is desired', () => {
    fc.assert(
      fc.property(anySettingsWithNulls, anySettings, (desired, observed) => {
        const differing = settingNames(differences(desired, observed));
        const same = hashSettings(observedAs(desired, observed)) === hashSettings(desired);
        expect(differing.length === 0).toBe(same);
      }),
    );
  });

  it('states the desired values of settings that are stated, and nothing else', () => {
    fc.assert(
      fc.property(anySettings, anySettings, (desired, observed) => {
        for (const [name, value] of Object.entries(differences(desired, observed)))
          expect(value).toEqual(desired[name as keyof LaunchSettings]);
      }),
    );
  });

  it('is gone once it is written', () => {
    fc.assert(
      fc.property(anySettings, anySettings, (desired, observed) => {
        const { tags, metadataOptions, ...others } = differences(desired, observed);
        const written: LaunchSettings = {
          ...observed,
          ...others,
          tags: { ...observed.tags, ...tags },
          metadataOptions: { ...observed.metadataOptions, ...metadataOptions },
        };
        expect(differences(desired, written)).toEqual({});
      }),
    );
  });

  it('finds what is to be none and is not, and nothing where there is none', () => {
    fc.assert(
      fc.property(anySettingsWithNulls, anySettings, (desired, observed) => {
        const found = differences(desired, observed);
        for (const [name, value] of Object.entries(desired)) {
          if (value !== null) continue;
          const isThere = observed[name as keyof LaunchSettings] !== undefined;
          expect(Object.hasOwn(found, name)).toBe(isThere && !isDefault(name, observed));
        }
      }),
    );
    const tags = { a: null, b: '2' };
    expect(differences({ tags }, { tags: { a: '1', b: '2' } })).toEqual({ tags });
    expect(differences({ tags }, { tags: { b: '2', c: '3' } })).toEqual({});
  });

  it('does not take what AWS has besides for a difference', () => {
    const desired: LaunchSettings = { tags: { a: '1' }, metadataOptions: { httpTokens: 'required' } };
    const observed: LaunchSettings = {
      name: 'theirs',
      tags: { a: '1', b: '2' },
      metadataOptions: { httpTokens: 'required', httpPutResponseHopLimit: 2 },
    };
    expect(differences(desired, observed)).toEqual({});
  });

  it('takes a default that AWS leaves out for what is desired, and another value not', () => {
    expect(differences({ monitoring: { enabled: false } }, {})).toEqual({});
    expect(differences({ monitoring: { enabled: false } }, { monitoring: { enabled: true } })).toEqual({
      monitoring: { enabled: false },
    });
  });

  it.each([
    ['Role', ARN, true],
    [ARN, 'Role', true],
    [ARN, ARN, true],
    ['Role', 'Role', true],
    ['Other', ARN, false],
    [ARN, ARN.replace('path', 'elsewhere'), false],
    ['Role', undefined, false],
    [null, undefined, true],
    [null, ARN, false],
  ])('compares the instance profile %s with %s: same is %s', (stated, found, same) => {
    const differing = differences({ iamInstanceProfile: stated }, { iamInstanceProfile: found });
    expect(differing).toEqual(same ? {} : { iamInstanceProfile: stated });
  });
});

describe('observedAs', () => {
  it('sees only what is stated', () => {
    fc.assert(
      fc.property(anySettings, anySettings, (desired, observed) => {
        const seen = observedAs(desired, observed);
        for (const name of settingNames(seen)) expect(desired).toHaveProperty(name);
      }),
    );
  });

  it('shows an unset setting as unset, which is not the same as one that is set', () => {
    expect(sameEffect(observedAs({ subnetId: 'subnet-0a1b2c3d' }, {}), { subnetId: 'subnet-0a1b2c3d' })).toBe(false);
  });
});
