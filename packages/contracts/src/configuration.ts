import * as z from 'zod';
import { ConfigurationId } from './ids.ts';
import { LaunchSettings } from './launch-settings.ts';

/** Bounds of one configuration and of the graph. */
export const CONFIGURATION_LIMITS = {
  parents: 8,
  keys: 500,
  /** Of all of it as JSON: the item that holds a version has room for 400 KB. */
  bytes: 100_000,
  /** Configurations from one without parents to the one farthest from it. */
  depth: 16,
  configurations: 2000,
} as const;

const VERSION = 'a version number from 1 on';
export const VersionNumber = z.int({ error: VERSION }).min(1, VERSION);

/** A configuration as something else names it: with a version it is pinned, without it follows what is published. */
export const ConfigurationRef = z.strictObject(
  { configurationId: ConfigurationId, version: VersionNumber.optional() },
  { error: 'an object { configurationId, version? }' },
);
export type ConfigurationRef = z.output<typeof ConfigurationRef>;

/** One version of one configuration. */
export const VersionRef = z.strictObject({ configurationId: z.string(), version: z.number() });
export type VersionRef = z.output<typeof VersionRef>;

const SETTING_NAMES: ReadonlySet<string> = new Set(Object.keys(LaunchSettings.shape));
const TAG = 'tags.';
const KEY = 'a setting such as subnetId, or tags.<key> for one tag';

/** What inheritance works on: a setting, or one tag, since tags merge by key. */
export const SettingKey = z
  .string({ error: KEY })
  .max(TAG.length + 128, KEY)
  .refine((key) => SETTING_NAMES.has(key) || (key.startsWith(TAG) && key.length > TAG.length), KEY);

const GLOB = 'instance types such as m7i.large or m7i.*, with at most three * and with ? for one character';
const InstanceTypeGlob = z
  .string({ error: GLOB })
  .max(64, GLOB)
  .regex(/^[a-z0-9.?-]+(\*[a-z0-9.?-]*){0,3}$|^(\*[a-z0-9.?-]*){1,3}$/, GLOB);

const PARENTS = `up to ${CONFIGURATION_LIMITS.parents} parents`;
const Parents = z
  .array(ConfigurationRef, { error: 'a list of { configurationId, version? }' })
  .max(CONFIGURATION_LIMITS.parents, PARENTS)
  .refine(
    (parents) => new Set(parents.map(({ configurationId }) => configurationId)).size === parents.length,
    'parents that are all different',
  );

const keys = (what: string) =>
  z
    .array(SettingKey, { error: `a list of settings that are ${what}` })
    .max(CONFIGURATION_LIMITS.keys, `at most ${CONFIGURATION_LIMITS.keys} keys`)
    .refine((list) => new Set(list).size === list.length, 'keys that are all different');

const TEXT = 'a text of up to 1024 characters';
const OWNER = 'a name of up to 256 characters';

/** What one version of a configuration says. */
export const contentFields = {
  parents: Parents.meta({
    description:
      'What is inherited from, the nearest first. A parent with a version is pinned: with all that it inherited when that version was published.',
  }),
  settings: LaunchSettings,
  variants: z
    .record(InstanceTypeGlob, LaunchSettings.omit({ instanceType: true }), {
      error: 'an object of settings by instance types',
    })
    .meta({
      description:
        'Settings for instance types that match a pattern, before `settings`. Where several match, the one that says more of the name wins.',
    }),
  unset: keys('not inherited').meta({ description: 'What is not taken over from further up.' }),
  locked: keys('locked').meta({
    description: 'What nothing nearer may state otherwise: neither descendants, nor groups, nor servers.',
  }),
  description: z
    .string({ error: TEXT })
    .max(1024, TEXT)
    .refine((text) => text.isWellFormed(), TEXT),
  owner: z
    .string({ error: OWNER })
    .max(256, OWNER)
    .refine((text) => text.isWellFormed(), OWNER),
} as const;

export const ConfigurationContent = z.strictObject({
  ...contentFields,
  description: contentFields.description.optional(),
  owner: contentFields.owner.optional(),
});
export type ConfigurationContent = z.output<typeof ConfigurationContent>;

/** How much a setting matters when it is wrong. */
export const KEY_CLASSES = ['critical', 'network', 'compute', 'other'] as const;
export const KeyClass = z.enum(KEY_CLASSES);
export type KeyClass = z.output<typeof KeyClass>;

/** Where a value was stated. */
export const StatedBy = z.discriminatedUnion('layer', [
  z.strictObject({
    layer: z.literal('configuration'),
    configurationId: z.string(),
    version: z.number(),
    variant: z.string().optional().meta({ description: 'The pattern of instance types under which it stands.' }),
  }),
  z.strictObject({ layer: z.literal('launchConfig') }),
  z.strictObject({ layer: z.literal('serverOverrides') }),
  z.strictObject({ layer: z.literal('overrides') }),
  z.strictObject({
    layer: z.literal('implied'),
    setting: z.string().meta({ description: 'The setting that only holds together with this one.' }),
  }),
]);
export type StatedBy = z.output<typeof StatedBy>;

const Statement = z.strictObject({ by: StatedBy, value: z.unknown() });

/** What was decided about one key. */
export const KeyProvenance = z.strictObject({
  winner: Statement.nullable().meta({ description: '`null` where it was taken away, and nothing nearer states it.' }),
  losers: z.array(
    Statement.extend({
      reason: z.enum(['overridden', 'unset', 'locked']).meta({
        description:
          '`overridden`: something nearer states it. `unset`: something nearer takes it away. `locked`: something further up has locked it.',
      }),
      beatenBy: StatedBy,
    }),
  ),
});
export type KeyProvenance = z.output<typeof KeyProvenance>;
