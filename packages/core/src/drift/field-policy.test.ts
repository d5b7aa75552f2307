import { LaunchSettings } from '@prelaunch/contracts/launch-settings';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anySettings } from '../../../../tests/support/arbitraries.ts';
import { behaviourBehind, feasibilityOf, instancePart } from './field-policy.ts';

const NAMES = Object.keys(LaunchSettings.shape);

describe('feasibilityOf', () => {
  it.each(NAMES)('of %s is to apply it, for a source server', (key) => {
    expect(feasibilityOf(key, 'source_server')).toBe('apply');
  });

  it.each([
    ['instanceType', 'needs_stop'],
    ['subnetId', 'needs_launch'],
    ['privateIpAddress', 'needs_launch'],
    ['tenancy', 'needs_launch'],
    ['securityGroupIds', 'in_place'],
    ['iamInstanceProfile', 'in_place'],
    ['metadataOptions', 'in_place'],
    ['monitoring', 'in_place'],
    ['tags', 'in_place'],
    ['tags.Owner', 'in_place'],
    ['tags.instanceType', 'in_place'],
    ['copyTags', 'needs_launch'],
  ])('of %s is %s, for an instance that runs', (key, feasibility) => {
    expect(feasibilityOf(key, 'recovery_instance')).toBe(feasibility);
  });
});

describe('instancePart', () => {
  it('has nothing of what DRS does at a launch', () => {
    fc.assert(
      fc.property(anySettings, (settings) => {
        const part = instancePart(settings);
        expect(settings).toMatchObject(part);
        expect(instancePart(part)).toEqual(part);
        for (const key of ['name', 'launchDisposition', 'targetInstanceTypeRightSizingMethod', 'copyPrivateIp'])
          expect(part).not.toHaveProperty(key);
        for (const key of ['copyTags', 'licensing', 'postLaunchEnabled', 'launchIntoInstanceProperties'])
          expect(part).not.toHaveProperty(key);
        expect(part).not.toHaveProperty('associatePublicIpAddress');
      }),
    );
  });

  it('takes no groups and no address for unsaid, since EC2 gives an instance some, but no profile for said', () => {
    const none = { securityGroupIds: null, privateIpAddress: null, iamInstanceProfile: null };
    expect(instancePart(none)).toEqual({ iamInstanceProfile: null });
  });
});

describe('behaviourBehind', () => {
  it.each([
    ['instanceType', {}, false],
    ['instanceType', { targetInstanceTypeRightSizingMethod: 'NONE' }, false],
    ['instanceType', { targetInstanceTypeRightSizingMethod: 'BASIC' }, true],
    ['instanceType', { targetInstanceTypeRightSizingMethod: 'IN_AWS' }, true],
    ['privateIpAddress', {}, false],
    ['privateIpAddress', { copyPrivateIp: false }, false],
    ['privateIpAddress', { copyPrivateIp: true }, true],
    ['subnetId', { copyPrivateIp: true, targetInstanceTypeRightSizingMethod: 'BASIC' }, false],
    ['tags.instanceType', { targetInstanceTypeRightSizingMethod: 'BASIC' }, false],
  ] as const)('%s with %j: %s', (key, observed, isBehaviour) => {
    expect(behaviourBehind(key, observed) !== undefined).toBe(isBehaviour);
  });
});
