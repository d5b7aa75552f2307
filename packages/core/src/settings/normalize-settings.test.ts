import { LaunchSettings } from '@prelaunch/contracts/launch-settings';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anySettings, anySettingsWithNulls } from '../../../../tests/support/arbitraries.ts';
import { HASH_VERSION, hashSettings, normalizeSettings, sameEffect, sameStatement } from './normalize-settings.ts';

/** The same value with the keys of all objects in the opposite order. */
function reversed<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const entries = Object.entries(value).reverse();
  return Object.fromEntries(entries.map(([key, inner]) => [key, reversed(inner)])) as T;
}

function withoutNulls({ tags, ...settings }: LaunchSettings): LaunchSettings {
  const present = ([, value]: [string, unknown]) => value !== null;
  return {
    ...Object.fromEntries(Object.entries(settings).filter(present)),
    ...(tags && { tags: Object.fromEntries(Object.entries(tags).filter(present)) }),
  };
}

/** What AWS has where a setting is not stated. */
const DEFAULTS: LaunchSettings = {
  launchDisposition: 'STARTED',
  copyPrivateIp: false,
  copyTags: false,
  licensing: { osByol: false },
  postLaunchEnabled: false,
  monitoring: { enabled: false },
  tenancy: 'default',
  tags: {},
};
const defaultSettings = Object.keys(DEFAULTS) as (keyof LaunchSettings)[];

describe('hashSettings', () => {
  it('is a SHA-256 that stays what it is for a hash version', () => {
    expect(HASH_VERSION).toBe(1);
    expect(hashSettings({})).toBe('sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a');
    expect(hashSettings({ tags: { a: 'x' } })).toBe(
      'sha256:be15597c25c9fe6deb48c580b0ec1f0894f86c80b1e9a977788cb0fb4a432168',
    );
  });

  it('does not depend on the order of keys', () => {
    fc.assert(
      fc.property(anySettings, (settings) => {
        expect(hashSettings(reversed(settings))).toBe(hashSettings(settings));
      }),
    );
  });

  it('does not depend on the order of sets or on repeats in them', () => {
    fc.assert(
      fc.property(anySettings, (settings) => {
        const groups = settings.securityGroupIds ?? ['sg-0a1b2c3d', 'sg-1a1b2c3d'];
        const one = { ...settings, securityGroupIds: groups };
        const other = { ...settings, securityGroupIds: [...groups].reverse().concat(groups) };
        expect(hashSettings(other)).toBe(hashSettings(one));
      }),
    );
  });

  it('does not depend on how a number is written', () => {
    const integer = JSON.parse('{"metadataOptions":{"httpPutResponseHopLimit":2}}') as LaunchSettings;
    const decimal = JSON.parse('{"metadataOptions":{"httpPutResponseHopLimit":2.0e0}}') as LaunchSettings;
    expect(hashSettings(decimal)).toBe(hashSettings(integer));
  });

  it('takes a stated default and no statement for the same', () => {
    fc.assert(
      fc.property(anySettings, fc.constantFrom(...defaultSettings), (settings, name) => {
        const { [name]: _stated, ...silent } = settings;
        const explicit = { ...silent, [name]: DEFAULTS[name] };
        expect(hashSettings(explicit)).toBe(hashSettings(silent));
      }),
    );
  });

  it.each([
    [{ httpEndpoint: 'enabled' }],
    [{ httpProtocolIpv6: 'disabled' }],
    [{ instanceMetadataTags: 'disabled' }],
    [{ httpEndpoint: 'enabled', httpProtocolIpv6: 'disabled', instanceMetadataTags: 'disabled' }],
    [{}],
  ] as const)('takes the default metadata options %j and none for the same', (metadataOptions) => {
    expect(hashSettings({ metadataOptions })).toBe(hashSettings({}));
    const tokens = { httpTokens: 'required' } as const;
    expect(hashSettings({ metadataOptions: { ...metadataOptions, ...tokens } })).toBe(
      hashSettings({ metadataOptions: tokens }),
    );
  });

  it('takes undefined and no statement for the same', () => {
    expect(hashSettings({ subnetId: undefined, tags: undefined })).toBe(hashSettings({}));
  });

  it('takes null and no statement for the same, in tags too', () => {
    fc.assert(
      fc.property(anySettingsWithNulls, (settings) => {
        expect(hashSettings(settings)).toBe(hashSettings(withoutNulls(settings)));
      }),
    );
    expect(hashSettings({ securityGroupIds: null, tags: { a: null } })).toBe(hashSettings({}));
  });

  it('does not depend on the order of keys nor on stated defaults where there are nulls', () => {
    fc.assert(
      fc.property(anySettingsWithNulls, fc.constantFrom(...defaultSettings), (settings, name) => {
        expect(hashSettings(reversed(settings))).toBe(hashSettings(settings));
        const { [name]: _stated, ...silent } = settings;
        expect(hashSettings({ ...silent, [name]: DEFAULTS[name] })).toBe(hashSettings(silent));
      }),
    );
  });

  it('tells null from every value that is set', () => {
    fc.assert(
      fc.property(anySettings, anySettingsWithNulls, (settings, nulls) => {
        const cleared = Object.keys(nulls).filter((name) => nulls[name as keyof LaunchSettings] === null);
        const set = cleared.filter((name) => plain(settings)[name as keyof LaunchSettings] !== undefined);
        const without = { ...settings, ...Object.fromEntries(cleared.map((name) => [name, null])) };
        expect(hashSettings(without) === hashSettings(settings)).toBe(set.length === 0);
      }),
    );
  });

  it('changes with every other change', () => {
    fc.assert(
      fc.property(anySettings, anySettings, (one, other) => {
        fc.pre(JSON.stringify(plain(one)) !== JSON.stringify(plain(other)));
        expect(hashSettings(one)).not.toBe(hashSettings(other));
      }),
    );
  });

  it('changes when any one setting other than to its default appears', () => {
    fc.assert(
      fc.property(anySettings, (settings) => {
        const meant = plain(settings);
        for (const name of Object.keys(meant) as (keyof LaunchSettings)[]) {
          const { [name]: _gone, ...without } = meant;
          expect(hashSettings(without)).not.toBe(hashSettings(meant));
        }
      }),
    );
  });

  it('hashes every text that the schema lets through', () => {
    const halved = { tags: { note: '\ud800' } };
    expect(() => hashSettings(halved)).toThrow('surrogate');
    expect(LaunchSettings.safeParse(halved).success).toBe(false);
    expect(LaunchSettings.safeParse({ tags: { '\ud800': 'x' } }).success).toBe(false);
    expect(LaunchSettings.safeParse({ name: '\ud800' }).success).toBe(false);
  });

  /** An independent, slow statement of what settings amount to. */
  function plain(settings: LaunchSettings): LaunchSettings {
    const meant = Object.entries(settings).filter(
      ([name, value]) => JSON.stringify(value) !== JSON.stringify(DEFAULTS[name as keyof LaunchSettings]),
    );
    const sorted = meant.sort(([one], [other]) => (one < other ? -1 : 1));
    const canonical = Object.fromEntries(sorted) as LaunchSettings;
    if (canonical.securityGroupIds) canonical.securityGroupIds = [...canonical.securityGroupIds].sort();
    if (canonical.tags) canonical.tags = Object.fromEntries(Object.entries(canonical.tags).sort());
    if (canonical.metadataOptions) {
      const known: Record<string, unknown> = {
        httpEndpoint: 'enabled',
        httpProtocolIpv6: 'disabled',
        instanceMetadataTags: 'disabled',
      };
      const stated = Object.entries(canonical.metadataOptions).filter(([key, value]) => known[key] !== value);
      canonical.metadataOptions = Object.fromEntries(stated.sort());
      if (stated.length === 0) delete canonical.metadataOptions;
    }
    return canonical;
  }
});

describe('normalizeSettings', () => {
  it('is idempotent and changes no meaning', () => {
    fc.assert(
      fc.property(anySettingsWithNulls, (settings) => {
        const once = normalizeSettings(settings);
        expect(normalizeSettings(once)).toEqual(once);
        expect(sameEffect(once, settings)).toBe(true);
      }),
    );
  });

  it('sorts sets, drops repeats and undefined, and leaves what it was given alone', () => {
    const given: LaunchSettings = { securityGroupIds: ['sg-2a1b2c3d', 'sg-1a1b2c3d', 'sg-2a1b2c3d'], name: undefined };
    expect(normalizeSettings(given)).toStrictEqual({ securityGroupIds: ['sg-1a1b2c3d', 'sg-2a1b2c3d'] });
    expect(given.securityGroupIds).toEqual(['sg-2a1b2c3d', 'sg-1a1b2c3d', 'sg-2a1b2c3d']);
  });
});

describe('sameStatement', () => {
  it('tells a stated default from none, which sameEffect does not', () => {
    expect(sameStatement({ monitoring: { enabled: false } }, {})).toBe(false);
    expect(sameEffect({ monitoring: { enabled: false } }, {})).toBe(true);
  });

  it('tells a stated null from no statement, in tags too, which sameEffect does not', () => {
    fc.assert(
      fc.property(anySettingsWithNulls, (settings) => {
        const without = withoutNulls(settings);
        expect(sameEffect(settings, without)).toBe(true);
        const nulls = [...Object.values(settings), ...Object.values(settings.tags ?? {})].filter(
          (value) => value === null,
        );
        expect(sameStatement(settings, without)).toBe(nulls.length === 0);
      }),
    );
  });

  it('is blind to order', () => {
    fc.assert(
      fc.property(anySettings, (settings) => {
        expect(sameStatement(settings, reversed(settings))).toBe(true);
      }),
    );
  });

  it('implies sameEffect', () => {
    fc.assert(
      fc.property(anySettings, fc.subarray(defaultSettings), (settings, dropped) => {
        const silent = Object.fromEntries(
          Object.entries(settings).filter(([name]) => !dropped.includes(name as keyof LaunchSettings)),
        ) as LaunchSettings;
        if (sameStatement(settings, silent)) expect(sameEffect(settings, silent)).toBe(true);
      }),
    );
  });
});
