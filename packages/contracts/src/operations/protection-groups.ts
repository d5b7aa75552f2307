import * as z from 'zod';
import { ConfigurationRef, VersionRef } from '../configuration.ts';
import { StatedDriftPolicy } from '../drift.ts';
import { AccountId, GroupId, Region } from '../ids.ts';
import { LaunchSettings } from '../launch-settings.ts';
import { GroupDescription, GroupName, GroupTags } from '../protection-group.ts';
import { LaunchConfigStatus } from '../status.ts';
import { caller, ExpectedGeneration, paged, repeatable, ServerIds, ServerOverrides, SomeServerIds } from './fields.ts';
import { ShownStatus } from './launch-configs.ts';

const FollowedConfiguration = ConfigurationRef.meta({
  description:
    'What the settings are inherited from; `launchConfig` and `serverOverrides` are nearer. With a version it is pinned.',
});

const GroupDriftPolicy = StatedDriftPolicy.meta({
  description: 'What is to be done about drift; what it does not state is as the environment has it.',
});

export const CreateProtectionGroupRequest = z.strictObject({
  operation: z.literal('create_protection_group'),
  groupId: GroupId.optional().meta({ description: 'Made up when it is not given.' }),
  name: GroupName,
  description: GroupDescription.optional(),
  accountId: AccountId,
  region: Region,
  tags: GroupTags.optional(),
  serverIds: ServerIds.default([]),
  configuration: FollowedConfiguration.optional(),
  launchConfig: LaunchSettings.optional(),
  serverOverrides: ServerOverrides.optional(),
  driftPolicy: GroupDriftPolicy.optional(),
  ...repeatable,
});
export type CreateProtectionGroupRequest = z.output<typeof CreateProtectionGroupRequest>;

/** What is stated replaces what was there, whole; what is not stated stays; `null` takes away. */
export const UpdateProtectionGroupRequest = z.strictObject({
  operation: z.literal('update_protection_group'),
  groupId: GroupId,
  generation: ExpectedGeneration.optional(),
  name: GroupName.optional(),
  description: GroupDescription.nullable().optional(),
  accountId: AccountId.optional(),
  region: Region.optional(),
  tags: GroupTags.nullable().optional(),
  serverIds: ServerIds.optional(),
  configuration: FollowedConfiguration.nullable().optional(),
  launchConfig: LaunchSettings.nullable().optional(),
  serverOverrides: ServerOverrides.nullable().optional(),
  driftPolicy: GroupDriftPolicy.nullable().optional(),
  ...repeatable,
});
export type UpdateProtectionGroupRequest = z.output<typeof UpdateProtectionGroupRequest>;

export const DeleteProtectionGroupRequest = z.strictObject({
  operation: z.literal('delete_protection_group'),
  groupId: GroupId,
  generation: ExpectedGeneration.optional(),
  ...repeatable,
});
export type DeleteProtectionGroupRequest = z.output<typeof DeleteProtectionGroupRequest>;

export const AddServersToGroupRequest = z.strictObject({
  operation: z.literal('add_servers_to_group'),
  groupId: GroupId,
  generation: ExpectedGeneration.optional(),
  serverIds: SomeServerIds,
  serverOverrides: ServerOverrides.optional().meta({
    description: 'Settings of servers among `serverIds`; those of other members stay as they are.',
  }),
  ...repeatable,
});
export type AddServersToGroupRequest = z.output<typeof AddServersToGroupRequest>;

export const RemoveServersFromGroupRequest = z.strictObject({
  operation: z.literal('remove_servers_from_group'),
  groupId: GroupId,
  generation: ExpectedGeneration.optional(),
  serverIds: SomeServerIds,
  ...repeatable,
});
export type RemoveServersFromGroupRequest = z.output<typeof RemoveServersFromGroupRequest>;

export const GetProtectionGroupRequest = z.strictObject({
  operation: z.literal('get_protection_group'),
  groupId: GroupId,
  ...caller,
});

export const ListProtectionGroupsRequest = z.strictObject({
  operation: z.literal('list_protection_groups'),
  ...paged(100, 50),
  ...caller,
});
export type ListProtectionGroupsRequest = z.output<typeof ListProtectionGroupsRequest>;

const described = {
  groupId: GroupId,
  name: z.string(),
  description: z.string().nullable(),
  accountId: z.string(),
  region: z.string(),
  tags: z.record(z.string(), z.string()),
  generation: z
    .number()
    .meta({ description: 'Grows with each change; give it back to change only what has been seen.' }),
  changedBy: z.string(),
  changedAt: z.iso.datetime(),
};

/** A group with its definition and its status. Settings read `[redacted]` for those who may not see them. */
export const ProtectionGroup = z.object({
  ...described,
  serverIds: z.array(z.string()),
  configuration: ConfigurationRef.nullable().meta({ description: 'What the group itself names.' }),
  inherits: z
    .object({
      configuration: ConfigurationRef,
      bindingId: z.string().nullable().meta({ description: 'The binding that says so, where the group does not.' }),
      versions: z.array(VersionRef).meta({ description: 'The versions that it was planned with and that it follows.' }),
      state: z.enum(['current', 'behind', 'held']).meta({
        description:
          '`behind`: something newer was published, and the group waits for its stage. `held`: a rollout was stopped, and the group keeps the version before.',
      }),
    })
    .nullable()
    .meta({
      description: 'What its settings were resolved from when it was planned last; `null` where it states all of them.',
    }),
  launchConfig: z.record(z.string(), z.unknown()).nullable(),
  serverOverrides: z.record(z.string(), z.record(z.string(), z.unknown())),
  driftPolicy: StatedDriftPolicy.optional().meta({ description: 'Where the group states one.' }),
  launchConfigStatus: ShownStatus,
  statusPath: z
    .string()
    .optional()
    .meta({ description: 'Where to look for the outcome of a change that is still being applied.' }),
});
export type ProtectionGroup = z.output<typeof ProtectionGroup>;

export const ProtectionGroupSummary = z.object({
  ...described,
  serverCount: z.number(),
  launchConfigStatus: LaunchConfigStatus.pick({
    status: true,
    lastApplied: true,
    appliedBy: true,
    counts: true,
  }).extend({
    fresh: z.boolean(),
  }),
});
export type ProtectionGroupSummary = z.output<typeof ProtectionGroupSummary>;

export const ListProtectionGroupsResponse = z.object({
  protectionGroups: z.array(ProtectionGroupSummary),
  nextToken: z.string().optional().meta({ description: 'Present while there is more.' }),
});
export type ListProtectionGroupsResponse = z.output<typeof ListProtectionGroupsResponse>;

export const DeleteProtectionGroupResponse = z.object({
  groupId: GroupId,
  generation: z.number(),
  status: z
    .enum(['deleted', 'deleting'])
    .meta({ description: '`deleting` while servers have not been released yet; that goes on by itself.' }),
});
export type DeleteProtectionGroupResponse = z.output<typeof DeleteProtectionGroupResponse>;
