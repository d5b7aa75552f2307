import { SettingKey } from '@prelaunch/contracts/configuration';
import { LaunchSettings } from '@prelaunch/contracts/launch-settings';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anySettingsWithNulls } from '../../../../tests/support/arbitraries.ts';
import { covers, keysOf, settingOf, settingsOf, traitsOf } from './setting-keys.ts';

const SETTINGS = Object.keys(LaunchSettings.shape);
/** Tags that look like settings or like something of JavaScript. */
const tag = fc.oneof(
  fc.string({ minLength: 1 }),
  fc.constantFrom('tags', 'tags.a', 'name', 'constructor', '__proto__'),
);
const anyKey = fc.oneof(
  fc.constantFrom(...SETTINGS),
  tag.map((text) => `tags.${text}`),
);

describe('keysOf', () => {
  it('gives keys of which settingsOf makes the settings again', () => {
    fc.assert(
      fc.property(anySettingsWithNulls, (settings) => {
        expect(settingsOf(keysOf(settings))).toStrictEqual(settings);
      }),
    );
  });

  it('gives each key that settingsOf was made of again, with its value', () => {
    const anyKeys = fc.uniqueArray(fc.tuple(anyKey, fc.nat()), { selector: ([key]) => key });
    fc.assert(
      fc.property(anyKeys, (keys) => {
        const plain = keys.filter(([key]) => key !== 'tags');
        expect(new Map(keysOf(settingsOf(plain)))).toEqual(new Map(plain));
      }),
    );
  });

  it('gives keys as configurations may name them', () => {
    fc.assert(
      fc.property(anySettingsWithNulls, (settings) => {
        for (const [key] of keysOf(settings)) expect(SettingKey.safeParse(key).success, key).toBe(true);
      }),
    );
  });

  it('takes tags one by one, and tags without any tag for a statement of its own', () => {
    expect(keysOf({ copyTags: false, tags: { 'a.b': 'x', name: null } })).toEqual([
      ['copyTags', false],
      ['tags.a.b', 'x'],
      ['tags.name', null],
    ]);
    expect(keysOf({ tags: {}, name: undefined })).toEqual([['tags', {}]]);
  });
});

describe('covers', () => {
  it('takes a key for naming itself, and tags for naming all tags', () => {
    fc.assert(
      fc.property(anyKey, anyKey, (named, key) => {
        expect(covers(named, key)).toBe(named === key || (named === 'tags' && settingOf(key) === 'tags'));
        expect(covers(key, key)).toBe(true);
      }),
    );
  });
});

describe('traitsOf', () => {
  it('judges a tag as tags, and every setting somehow', () => {
    fc.assert(
      fc.property(tag, (text) => {
        expect(settingOf(`tags.${text}`)).toBe('tags');
        expect(traitsOf(`tags.${text}`)).toBe(traitsOf('tags'));
      }),
    );
    for (const setting of SETTINGS) expect(traitsOf(setting)).toBeDefined();
  });
});
