import * as z from 'zod';

const text = (allowed: string, pattern: RegExp) => z.string({ error: allowed }).regex(pattern, allowed);
/** Half a character cannot be hashed, nor stored by AWS. */
const isWellFormed = (value: string) => value.isWellFormed();
const flag = z.boolean({ error: 'true or false' });
const oneOf = <const Values extends readonly [string, ...string[]]>(...values: Values) =>
  z.enum(values, { error: `one of ${values.join(', ')}` });

const Tags = z
  .record(
    z
      .string()
      .min(1, 'tag keys of 1 to 128 characters')
      .max(128, 'tag keys of 1 to 128 characters')
      .regex(/^(?!aws:)/i, 'tag keys that do not begin with aws:')
      .refine(isWellFormed, 'tag keys of whole characters'),
    z
      .string({ error: 'tag values of up to 256 characters, or null to remove the tag' })
      .max(256, 'tag values of up to 256 characters')
      .refine(isWellFormed, 'tag values of whole characters')
      .nullable(),
    { error: 'an object of tag keys and values' },
  )
  .refine((tags) => Object.keys(tags).length <= 50, 'at most 50 tags')
  .meta({ maxProperties: 50 });

const SecurityGroupIds = z
  .array(text('security group ids such as sg-0a1b2c3d', /^sg-[0-9a-f]{8,17}$/), {
    error: 'a list of security group ids',
  })
  .min(1, '1 to 16 security group ids')
  .max(16, '1 to 16 security group ids');

const MetadataOptions = z.strictObject({
  // DRS reads instance metadata when it converts a machine, so switching it off breaks the launch.
  httpEndpoint: z.literal('enabled', { error: 'enabled: DRS needs the metadata endpoint' }).optional(),
  httpTokens: oneOf('optional', 'required').optional(),
  httpPutResponseHopLimit: z
    .int({ error: 'a whole number from 1 to 64' })
    .min(1, 'a whole number from 1 to 64')
    .max(64, 'a whole number from 1 to 64')
    .optional(),
  httpProtocolIpv6: oneOf('enabled', 'disabled').optional(),
  instanceMetadataTags: oneOf('enabled', 'disabled').optional(),
});

/**
 * What Prelaunch manages of a source server: AWS's names in camelCase. The first part lives in the DRS launch configuration,
 * the second in the EC2 launch template. A setting that is not stated is not touched; `null` asks for there being none.
 */
export const LaunchSettings = z.strictObject({
  name: z
    .string({ error: 'a name of 1 to 128 characters' })
    .min(1, 'a name of 1 to 128 characters')
    .max(128, 'a name of 1 to 128 characters')
    .refine(isWellFormed, 'a name of whole characters')
    .optional(),
  launchDisposition: oneOf('STOPPED', 'STARTED').optional(),
  targetInstanceTypeRightSizingMethod: oneOf('NONE', 'BASIC', 'IN_AWS').optional(),
  copyPrivateIp: flag.optional(),
  copyTags: flag.optional(),
  licensing: z.strictObject({ osByol: flag }, { error: 'an object { osByol }' }).optional(),
  postLaunchEnabled: flag.optional(),
  launchIntoInstanceProperties: z
    .strictObject({ launchIntoEC2InstanceID: text('an instance id such as i-0a1b2c3d4e5f60718', /^i-[0-9a-f]{8,17}$/) })
    .nullable()
    .optional(),

  instanceType: text('an instance type such as m7i-flex.large', /^[a-z][a-z0-9-]{0,63}\.[a-z0-9-]{1,63}$/).optional(),
  subnetId: text('a subnet id such as subnet-0a1b2c3d', /^subnet-[0-9a-f]{8,17}$/).optional(),
  securityGroupIds: SecurityGroupIds.nullable().optional(),
  iamInstanceProfile: text(
    'the name or the ARN of an instance profile',
    /^(arn:aws[a-z-]*:iam::\d{12}:instance-profile\/([\w+=,.@-]{1,128}\/){0,8}[\w+=,.@-]{1,128}|[\w+=,.@-]{1,128})$/,
  )
    .nullable()
    .optional(),
  privateIpAddress: z.ipv4({ error: 'an IPv4 address' }).nullable().optional(),
  associatePublicIpAddress: flag.nullable().optional(),
  metadataOptions: MetadataOptions.optional(),
  monitoring: z.strictObject({ enabled: flag }, { error: 'an object { enabled }' }).optional(),
  tenancy: oneOf('default', 'dedicated', 'host').optional(),
  tags: Tags.optional(),
});
export type LaunchSettings = z.output<typeof LaunchSettings>;

export type SettingName = keyof LaunchSettings;

/** Settings kept by DRS; all others are in the launch template. */
export const DRS_SETTINGS = [
  'name',
  'launchDisposition',
  'targetInstanceTypeRightSizingMethod',
  'copyPrivateIp',
  'copyTags',
  'licensing',
  'postLaunchEnabled',
  'launchIntoInstanceProperties',
] as const satisfies readonly SettingName[];
