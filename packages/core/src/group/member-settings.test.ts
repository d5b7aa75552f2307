import { describe, expect, it } from 'vitest';
import { group, serverId } from '../../../../tests/support/builders.ts';
import { configurationVersion } from '../../../../tests/support/configurations.ts';
import { inheritedFrom, NOTHING_INHERITED } from '../configuration/inherited-settings.ts';
import { memberSettings } from './member-settings.ts';

const INHERITED = inheritedFrom([
  configurationVersion({
    settings: { name: 'inherited', copyTags: true, instanceType: 't3.micro', tags: { from: 'production', all: 'yes' } },
    variants: { 'm7i.*': { associatePublicIpAddress: false } },
    locked: ['copyTags'],
  }),
]);

describe('memberSettings', () => {
  const stated = group({
    launchConfig: { name: 'of the group', copyTags: false, copyPrivateIp: true, tags: { from: 'group' } },
    serverOverrides: {
      [serverId(1)]: { name: 'own', instanceType: 'm7i.large', tags: { from: 'server' } },
      constructor: { name: 'strange' },
    },
  });

  it('is what is inherited, then what the group states, then what it states for the server, except what is locked', () => {
    const settingsOf = memberSettings(stated, INHERITED);
    expect(settingsOf(serverId(2)).settings).toEqual({
      name: 'of the group',
      copyTags: true,
      copyPrivateIp: true,
      instanceType: 't3.micro',
      targetInstanceTypeRightSizingMethod: 'NONE',
      tags: { from: 'group', all: 'yes' },
    });
    expect(settingsOf(serverId(1)).settings).toEqual({
      name: 'own',
      copyTags: true,
      copyPrivateIp: true,
      instanceType: 'm7i.large',
      targetInstanceTypeRightSizingMethod: 'NONE',
      tags: { from: 'server', all: 'yes' },
      associatePublicIpAddress: false,
    });
  });

  it('says where each was stated', () => {
    const settingsOf = memberSettings(stated, INHERITED);
    const { statedAt } = settingsOf(serverId(1));
    expect([statedAt('name'), statedAt('copyTags')]).toEqual([
      `serverOverrides.${serverId(1)}`,
      'configurations.production@1',
    ]);
    expect(settingsOf(serverId(2)).statedAt('name')).toBe('launchConfig');
  });

  it('is the very same for servers of which nothing is stated, so that what is made of it is made once', () => {
    const settingsOf = memberSettings(stated, INHERITED);
    expect(settingsOf(serverId(2))).toBe(settingsOf(serverId(3)));
    expect(settingsOf(serverId(1))).not.toBe(settingsOf(serverId(2)));
  });

  it('takes nothing for stated that objects have by themselves', () => {
    const settingsOf = memberSettings(group(), NOTHING_INHERITED);
    expect(settingsOf('constructor')).toBe(settingsOf(serverId(1)));
  });
});
