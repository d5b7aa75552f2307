import type { LaunchSettings, SettingName } from '@prelaunch/contracts/launch-settings';
import fc from 'fast-check';

const hex = (prefix: string) =>
  fc
    .string({ unit: fc.constantFrom(...'0123456789abcdef'), minLength: 8, maxLength: 17 })
    .map((digits) => `${prefix}-${digits}`);

/** Keys as people choose them, and those that mean something to JavaScript objects. */
export const tagKey = fc
  .oneof(
    fc.string({ minLength: 1, maxLength: 12 }),
    fc.constantFrom('Name', 'constructor', 'toString', 'valueOf', 'hasOwnProperty'),
  )
  .filter((key) => !/^aws:/i.test(key) && key !== '__proto__');

export const tags = fc.dictionary(tagKey, fc.string({ maxLength: 12 }), { maxKeys: 5, noNullPrototype: true });

const metadataOptions = fc.record(
  {
    httpEndpoint: fc.constant('enabled' as const),
    httpTokens: fc.constantFrom('optional', 'required'),
    httpPutResponseHopLimit: fc.integer({ min: 1, max: 64 }),
    httpProtocolIpv6: fc.constantFrom('enabled', 'disabled'),
    instanceMetadataTags: fc.constantFrom('enabled', 'disabled'),
  },
  { requiredKeys: [], noNullPrototype: true },
);

const profileName = fc.string({
  unit: fc.constantFrom(...'abcdefghijklmnopqrstuvwxyzABCXYZ0123456789+=,.@-_'),
  minLength: 1,
  maxLength: 20,
});

/** Instance profiles by name or by ARN. */
const instanceProfile = fc.oneof(
  profileName,
  profileName.map((name) => `arn:aws:iam::111111111111:instance-profile/some/path/${name}`),
);

const drsParts = {
  name: fc.string({ minLength: 1, maxLength: 20 }),
  launchDisposition: fc.constantFrom('STOPPED', 'STARTED'),
  targetInstanceTypeRightSizingMethod: fc.constantFrom('NONE', 'BASIC', 'IN_AWS'),
  copyPrivateIp: fc.boolean(),
  copyTags: fc.boolean(),
  licensing: fc.record({ osByol: fc.boolean() }, { noNullPrototype: true }),
  postLaunchEnabled: fc.boolean(),
  launchIntoInstanceProperties: fc.record({ launchIntoEC2InstanceID: hex('i') }, { noNullPrototype: true }),
};

const templateParts = {
  instanceType: fc.constantFrom('m7i-flex.large', 't3.micro', 'u-6tb1.metal'),
  subnetId: hex('subnet'),
  securityGroupIds: fc.uniqueArray(hex('sg'), { minLength: 1, maxLength: 4 }),
  iamInstanceProfile: instanceProfile,
  privateIpAddress: fc.ipV4(),
  associatePublicIpAddress: fc.boolean(),
  metadataOptions,
  monitoring: fc.record({ enabled: fc.boolean() }, { noNullPrototype: true }),
  tenancy: fc.constantFrom('default', 'dedicated', 'host'),
  tags,
};

/** Any settings that are allowed one by one; combinations are not looked at. */
export const anySettings: fc.Arbitrary<LaunchSettings> = fc.record(
  { ...drsParts, ...templateParts },
  { requiredKeys: [], noNullPrototype: true },
);

export const anyTemplateSettings = fc.record(templateParts, { requiredKeys: [], noNullPrototype: true });

export const anyDrsSettings = fc.record(drsParts, { requiredKeys: [], noNullPrototype: true });

/** Settings that may also be applied together. */
export const applicableSettings: fc.Arbitrary<LaunchSettings> = anySettings.map(
  ({ licensing: _licensing, launchIntoInstanceProperties: _into, privateIpAddress: _address, ...settings }) => ({
    ...settings,
    ...(settings.instanceType !== undefined && { targetInstanceTypeRightSizingMethod: 'NONE' as const }),
    ...(settings.securityGroupIds !== undefined && { subnetId: settings.subnetId ?? 'subnet-0a1b2c3d' }),
  }),
);

const NULLABLE = [
  'launchIntoInstanceProperties',
  'securityGroupIds',
  'iamInstanceProfile',
  'privateIpAddress',
  'associatePublicIpAddress',
] as const satisfies readonly SettingName[];

/** Any settings, some of them asking for there being none, as do some of the tags. */
export const anySettingsWithNulls: fc.Arbitrary<LaunchSettings> = fc
  .record({ settings: anySettings, nulls: fc.subarray([...NULLABLE]), gone: fc.array(tagKey, { maxLength: 3 }) })
  .map(({ settings, nulls, gone }) => ({
    ...settings,
    ...Object.fromEntries(nulls.map((name) => [name, null])),
    ...(gone.length > 0 && { tags: { ...settings.tags, ...Object.fromEntries(gone.map((key) => [key, null])) } }),
  }));
