import * as z from 'zod';
import {
  CONFIGURATION_LIMITS,
  type ConfigurationContent,
  ConfigurationRef,
  contentFields,
  KeyClass,
  KeyProvenance,
  StatedBy,
  VersionNumber,
  VersionRef,
} from '../configuration.ts';
import { ConfigurationId, GroupId, SourceServerId } from '../ids.ts';
import { LaunchSettings } from '../launch-settings.ts';
import { caller, ExpectedGeneration, paged, repeatable } from './fields.ts';
import { ErrorDetail } from './operation-error.ts';

const { keys, bytes } = CONFIGURATION_LIMITS;

export const SaveConfigurationDraftRequest = z
  .strictObject({
    operation: z.literal('save_configuration_draft'),
    configurationId: ConfigurationId,
    generation: ExpectedGeneration.optional(),
    parents: contentFields.parents.default([]),
    settings: contentFields.settings.default({}),
    variants: contentFields.variants.default({}),
    unset: contentFields.unset.default([]),
    locked: contentFields.locked.default([]),
    description: contentFields.description.optional(),
    owner: contentFields.owner.optional(),
    ...caller,
  })
  .refine((content) => keysOf(content) <= keys, {
    error: `at most ${keys} keys in settings, variants, unset and locked together`,
    path: ['settings'],
  })
  // Browsers have no Buffer.
  .refine((content) => new TextEncoder().encode(JSON.stringify(content)).length <= bytes, {
    error: `at most ${bytes} bytes of JSON`,
    path: ['settings'],
  });
export type SaveConfigurationDraftRequest = z.output<typeof SaveConfigurationDraftRequest>;

/** One for each setting and each tag, wherever it stands. */
function keysOf({
  settings,
  variants,
  unset,
  locked,
}: Pick<ConfigurationContent, 'settings' | 'variants' | 'unset' | 'locked'>): number {
  const inSettings = ({ tags = {}, ...others }: LaunchSettings) =>
    Object.keys(others).length + Object.keys(tags).length;
  const stated = [settings, ...Object.values(variants)].map(inSettings);
  return stated.reduce((sum, count) => sum + count, unset.length + locked.length);
}

export const GetConfigurationDraftRequest = z.strictObject({
  operation: z.literal('get_configuration_draft'),
  configurationId: ConfigurationId,
  ...caller,
});

export const DiscardConfigurationDraftRequest = z.strictObject({
  operation: z.literal('discard_configuration_draft'),
  configurationId: ConfigurationId,
  generation: ExpectedGeneration.optional(),
  ...caller,
});

export const GetConfigurationRequest = z.strictObject({
  operation: z.literal('get_configuration'),
  configurationId: ConfigurationId,
  version: VersionNumber.optional().meta({ description: 'The newest when it is not given.' }),
  ...caller,
});

export const ListConfigurationsRequest = z.strictObject({
  operation: z.literal('list_configurations'),
  ...paged(100, 50),
  ...caller,
});
export type ListConfigurationsRequest = z.output<typeof ListConfigurationsRequest>;

export const ListConfigurationVersionsRequest = z.strictObject({
  operation: z.literal('list_configuration_versions'),
  configurationId: ConfigurationId,
  ...paged(100, 50),
  ...caller,
});
export type ListConfigurationVersionsRequest = z.output<typeof ListConfigurationVersionsRequest>;

export const CompareConfigurationVersionsRequest = z.strictObject({
  operation: z.literal('compare_configuration_versions'),
  configurationId: ConfigurationId,
  fromVersion: VersionNumber,
  toVersion: VersionNumber,
  ...caller,
});
export type CompareConfigurationVersionsRequest = z.output<typeof CompareConfigurationVersionsRequest>;

export const PlanConfigurationPublishRequest = z.strictObject({
  operation: z.literal('plan_configuration_publish'),
  configurationId: ConfigurationId,
  toVersion: VersionNumber.optional().meta({
    description: 'Plans going back to what this version says. The draft is planned when it is not given.',
  }),
  ...caller,
});
export type PlanConfigurationPublishRequest = z.output<typeof PlanConfigurationPublishRequest>;

const MESSAGE = 'a text of 1 to 1024 characters';
const HASH = 'the planHash of a publish plan';
const SHARE = 'a number from 0 to 1';
const publishing = {
  planHash: z
    .string({ error: HASH })
    .regex(/^sha256:[0-9a-f]{64}$/, HASH)
    .meta({ description: 'Of the plan that was looked at: nothing is published that nobody saw.' }),
  message: z
    .string({ error: MESSAGE })
    .min(1, MESSAGE)
    .max(1024, MESSAGE)
    .refine((text) => text.isWellFormed(), MESSAGE)
    .meta({ description: 'Why; it stands in the history.' }),
  maxFailureShare: z.number({ error: SHARE }).min(0, SHARE).max(1, SHARE).default(0.1).meta({
    description:
      'The change goes to groups in stages, and stops when more than this share of the servers reached so far has failed that had not failed before.',
  }),
};

export const PublishConfigurationRequest = z.strictObject({
  operation: z.literal('publish_configuration'),
  configurationId: ConfigurationId,
  ...publishing,
  ...repeatable,
});
export type PublishConfigurationRequest = z.output<typeof PublishConfigurationRequest>;

export const RollbackConfigurationRequest = z.strictObject({
  operation: z.literal('rollback_configuration'),
  configurationId: ConfigurationId,
  toVersion: VersionNumber.meta({ description: 'Of which version the next one is to say the same.' }),
  ...publishing,
  ...repeatable,
});
export type RollbackConfigurationRequest = z.output<typeof RollbackConfigurationRequest>;

export const DeleteConfigurationRequest = z.strictObject({
  operation: z.literal('delete_configuration'),
  configurationId: ConfigurationId,
  ...repeatable,
});
export type DeleteConfigurationRequest = z.output<typeof DeleteConfigurationRequest>;

export const ResumeConfigurationRolloutRequest = z.strictObject({
  operation: z.literal('resume_configuration_rollout'),
  configurationId: ConfigurationId,
  ...repeatable,
});

export type ResumeConfigurationRolloutRequest = z.output<typeof ResumeConfigurationRolloutRequest>;

export const GetConfigurationGraphRequest = z.strictObject({
  operation: z.literal('get_configuration_graph'),
  configurationId: ConfigurationId.optional().meta({
    description: 'Only this one, what it inherits from and what inherits from it.',
  }),
  draft: z
    .boolean({ error: 'true or false' })
    .default(false)
    .meta({ description: 'As it would be with the draft of `configurationId`, with what that would affect.' }),
  format: z
    .enum(['data', 'opencypher', 'graphml'], { error: 'one of data, opencypher, graphml' })
    .default('data')
    .meta({ description: 'An export for a graph database besides: openCypher or GraphML.' }),
  ...caller,
});
export type GetConfigurationGraphRequest = z.output<typeof GetConfigurationGraphRequest>;

const WHO = '1 to 128 printable characters';
export const SubjectName = z.string({ error: WHO }).regex(/^[\x20-\x7e]{1,128}$/, WHO);
const INSTANCE_TYPE = 'an instance type such as m7i.large';

/** Exactly one of `configurationId`, `groupId` and `userId` says where to begin. */
export const ResolveConfigurationRequest = z
  .strictObject({
    operation: z.literal('resolve_configuration'),
    userId: SubjectName.optional().meta({
      description: 'Begins at what this user, or one of `userGroups`, is bound to.',
    }),
    userGroups: z
      .array(SubjectName, { error: 'a list of groups of users' })
      .max(100, 'at most 100 groups of users')
      .default([])
      .meta({ description: 'The groups that the user is in. In a query, with commas in between.' }),
    configurationId: ConfigurationId.optional().meta({ description: 'Begins at this configuration.' }),
    version: VersionNumber.optional().meta({ description: 'Of `configurationId`, with what it inherited then.' }),
    groupId: GroupId.optional().meta({
      description: 'Begins where this protection group does, with its own settings.',
    }),
    serverId: SourceServerId.optional().meta({ description: 'A member of `groupId`, with its own settings.' }),
    instanceType: z
      .string({ error: INSTANCE_TYPE })
      .regex(/^[a-z][a-z0-9-]*\.[a-z0-9-]+$/, INSTANCE_TYPE)
      .max(64, INSTANCE_TYPE)
      .optional()
      .meta({ description: 'Which variants apply. Without it, the instance type that the settings come to.' }),
    overrides: LaunchSettings.optional().meta({ description: 'Settings nearer than all others.' }),
    ...caller,
  })
  .refine(
    ({ configurationId, groupId, userId }) =>
      [configurationId, groupId, userId].filter((start) => start !== undefined).length === 1,
    { error: 'exactly one of userId, configurationId and groupId', path: ['userId'] },
  )
  .refine(({ serverId, groupId }) => serverId === undefined || groupId !== undefined, {
    error: 'given only together with groupId',
    path: ['serverId'],
  })
  .refine(({ version, configurationId }) => version === undefined || configurationId !== undefined, {
    error: 'given only together with configurationId',
    path: ['version'],
  });
export type ResolveConfigurationRequest = z.output<typeof ResolveConfigurationRequest>;

const content = {
  parents: z.array(ConfigurationRef),
  settings: z.record(z.string(), z.unknown()),
  variants: z.record(z.string(), z.record(z.string(), z.unknown())),
  unset: z.array(z.string()),
  locked: z.array(z.string()),
  description: z.string().nullable(),
  owner: z.string().nullable(),
};

const versionFields = {
  configurationId: z.string(),
  version: z.number(),
  author: z.string().meta({ description: 'Who published it.' }),
  publishedAt: z.iso.datetime(),
  message: z.string(),
  hash: z.string().meta({ description: 'Of what the version says.' }),
  rolledBackTo: z.number().nullable().meta({ description: 'The version of which it says the same again.' }),
};

export const Rollout = z.object({
  version: z.number(),
  state: z.enum(['running', 'stopped']).meta({
    description:
      '`stopped`: too much failed. Groups not reached keep the version before, until this is resumed or another is published.',
  }),
  groups: z.number().nullable().meta({ description: 'How many it goes to; `null` until it has begun.' }),
  reached: z.number(),
  because: z.string().nullable(),
});
export type Rollout = z.output<typeof Rollout>;

/** A version of a configuration. Settings read `[redacted]` for those who may not see them. */
export const Configuration = z.object({
  ...versionFields,
  ...content,
  path: z.array(VersionRef).meta({
    description:
      'What it inherits from now, nearest first, itself included; of a version that was asked for, what it inherited when it was published.',
  }),
  draft: z
    .object({ generation: z.number(), savedBy: z.string(), savedAt: z.iso.datetime() })
    .nullable()
    .meta({ description: 'What waits to be published, where there is something.' }),
  rollout: Rollout.nullable().meta({
    description: 'How far the newest version has come; `null` when it is everywhere.',
  }),
});
export type Configuration = z.output<typeof Configuration>;

export const ConfigurationSummary = z.object({
  ...versionFields,
  parents: content.parents,
  description: content.description,
  owner: content.owner,
});
export type ConfigurationSummary = z.output<typeof ConfigurationSummary>;

export const ListConfigurationsResponse = z.object({
  catalogueRevision: z.number(),
  configurations: z.array(ConfigurationSummary),
  nextToken: z.string().optional(),
});
export type ListConfigurationsResponse = z.output<typeof ListConfigurationsResponse>;

export const ListConfigurationVersionsResponse = z.object({
  versions: z.array(ConfigurationSummary).meta({ description: 'Newest first.' }),
  nextToken: z.string().optional(),
});
export type ListConfigurationVersionsResponse = z.output<typeof ListConfigurationVersionsResponse>;

export const ConfigurationDraft = z.object({
  configurationId: z.string(),
  generation: z.number().meta({ description: 'Grows each time the draft is saved.' }),
  basedOn: z
    .number()
    .nullable()
    .meta({ description: 'The newest version when it was saved; `null` where there was none.' }),
  ...content,
  authors: z.array(z.string()).meta({ description: 'Everybody who saved it since it was begun.' }),
  savedBy: z.string(),
  savedAt: z.iso.datetime(),
});
export type ConfigurationDraft = z.output<typeof ConfigurationDraft>;

export const DiscardConfigurationDraftResponse = z.object({ configurationId: z.string(), discarded: z.boolean() });

/** One place at which two versions differ. What is not stated is absent. */
export const VersionDifference = z.object({
  path: z.string().meta({ description: 'Such as `settings.subnetId`, `variants.m7i.*.copyTags` or `parents`.' }),
  from: z.unknown().optional(),
  to: z.unknown().optional(),
});

export const CompareConfigurationVersionsResponse = z.object({
  configurationId: z.string(),
  fromVersion: z.number(),
  toVersion: z.number(),
  same: z.boolean(),
  differences: z.array(VersionDifference),
});
export type CompareConfigurationVersionsResponse = z.output<typeof CompareConfigurationVersionsResponse>;

/** Servers whose effective settings change in the same way. What is not stated is absent. */
export const PlannedChange = z.object({
  key: z.string(),
  from: z.unknown().optional(),
  to: z.unknown().optional(),
  servers: z.number(),
  groups: z.array(z.string()).meta({ description: 'Up to 20 of the groups concerned.' }),
  groupCount: z.number(),
  keyClass: KeyClass,
  mayFailLaunch: z.boolean().meta({ description: 'A wrong value of this key keeps an instance from being launched.' }),
});
export type PlannedChange = z.output<typeof PlannedChange>;

export const PublishProblem = ErrorDetail.extend({ code: z.string(), message: z.string() });
export type PublishProblem = z.output<typeof PublishProblem>;

/** What publishing would do, and the hash with which it is agreed to. */
export const PublishPlan = z.object({
  configurationId: z.string(),
  version: z.number().meta({ description: 'The number that would be published.' }),
  basedOn: z.number().nullable(),
  catalogueRevision: z.number(),
  planHash: z.string(),
  publishable: z.boolean(),
  problems: z.array(PublishProblem).meta({ description: 'What publishing would be refused for.' }),
  approval: z
    .object({ needed: z.boolean(), because: z.array(z.string()) })
    .meta({ description: 'Whether somebody has to publish it who did not write it.' }),
  affectedConfigurations: z.array(z.string()).meta({ description: 'It, and what inherits from it.' }),
  groups: z.number().meta({ description: 'Groups that would be planned again.' }),
  servers: z.number().meta({ description: 'Their servers.' }),
  changedServers: z.number().meta({ description: 'Servers whose effective settings would change.' }),
  changes: z.array(PlannedChange).meta({ description: 'By how many servers they concern; up to 200.' }),
  moreChanges: z.number(),
  conflicts: z
    .array(
      z.object({
        key: z.string(),
        in: z.string().meta({ description: 'The configuration in which they meet.' }),
        winner: VersionRef,
        loser: VersionRef,
      }),
    )
    .meta({
      description: 'Different values of configurations of which neither inherits from the other: order decides.',
    }),
  lockHits: z
    .array(z.object({ key: z.string(), lockedBy: StatedBy, beaten: StatedBy, servers: z.number() }))
    .meta({ description: 'What is stated nearer and has no effect, since it is locked further up.' }),
  mermaid: z.string().meta({ description: 'The part of the graph that is concerned, as Mermaid text.' }),
});
export type PublishPlan = z.output<typeof PublishPlan>;

export const PublishConfigurationResponse = z.object({
  ...versionFields,
  catalogueRevision: z.number(),
  groups: z.number().meta({ description: 'Groups that are being planned again.' }),
  changedServers: z.number(),
});
export type PublishConfigurationResponse = z.output<typeof PublishConfigurationResponse>;

export const DeleteConfigurationResponse = z.object({ configurationId: z.string(), catalogueRevision: z.number() });

export const ResumeConfigurationRolloutResponse = z.object({
  configurationId: z.string(),
  rollout: Rollout.nullable(),
});

export const ConfigurationGraph = z.object({
  catalogueRevision: z.number(),
  nodes: z.array(
    z.object({
      configurationId: z.string(),
      version: z.number().nullable().meta({ description: '`null` for a draft that has no version yet.' }),
      description: z.string().nullable(),
      owner: z.string().nullable(),
      pinned: z.boolean().meta({ description: 'An older version, or one that stays: something pins it.' }),
      affected: z.boolean().meta({ description: 'Concerned by the draft that was asked for.' }),
    }),
  ),
  edges: z.array(
    z.object({
      from: z.string().meta({ description: 'What inherits, as `<configurationId>@<version>`.' }),
      to: z.string().meta({ description: 'What it inherits from.' }),
      order: z.number().meta({ description: 'Its place among the parents, from 0 on.' }),
      pinned: z.boolean(),
    }),
  ),
  mermaid: z.string(),
  export: z.string().optional().meta({ description: 'Where a format was asked for.' }),
});
export type ConfigurationGraph = z.output<typeof ConfigurationGraph>;

/** The effective settings, how they came about, and on which revision of the graph. */
export const ResolveConfigurationResponse = z.object({
  configuration: ConfigurationRef.nullable().meta({ description: 'Where it began; `null` for a group without one.' }),
  bindingId: z.string().nullable().meta({ description: 'The binding that said so.' }),
  settings: z.record(z.string(), z.unknown()),
  path: z.array(VersionRef).meta({ description: 'Nearest first.' }),
  provenance: z.record(z.string(), KeyProvenance).meta({
    description: 'By key: a setting, or tags.<key>. Who wins, and who lost why, nearest first.',
  }),
  problems: z.array(PublishProblem).meta({ description: 'Combinations that could not be applied.' }),
  catalogueRevision: z.number(),
  configHash: z.string(),
  hashVersion: z.number(),
});
export type ResolveConfigurationResponse = z.output<typeof ResolveConfigurationResponse>;
