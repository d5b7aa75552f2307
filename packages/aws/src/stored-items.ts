import { ConfigurationRef, VersionRef } from '@prelaunch/contracts/configuration';
import { StatedDriftPolicy } from '@prelaunch/contracts/drift';
import { LaunchSettings } from '@prelaunch/contracts/launch-settings';
import { LaunchConfigStatus, ServerStatus, StatusError } from '@prelaunch/contracts/status';
import * as z from 'zod';

/** Items as they stand in the tables. Attributes of a newer version are kept when an older one writes the item back. */

export const StoredGroup = z.looseObject({
  groupId: z.string(),
  name: z.string(),
  description: z.string().optional(),
  // Older items were stored without them.
  tags: z.record(z.string(), z.string()).default({}),
  accountId: z.string(),
  region: z.string(),
  revision: z.number(),
  generation: z.number(),
  plannedGeneration: z.number(),
  reapply: z.enum(['changed', 'unready', 'all']),
  serverIds: z.array(z.string()),
  configuration: ConfigurationRef.optional(),
  inherits: z
    .object({
      generation: z.number(),
      configuration: ConfigurationRef,
      bindingId: z.string().optional(),
      followed: z.array(VersionRef),
      revision: z.number(),
    })
    .optional(),
  launchConfig: z.unknown().optional(),
  serverOverrides: z.record(z.string(), z.unknown()),
  driftPolicy: StatedDriftPolicy.optional(),
  releasing: z.array(z.string()),
  definitionErrors: z.array(StatusError),
  invalidEntries: z.number(),
  heldElsewhere: z.array(StatusError),
  refusal: StatusError.optional(),
  changedBy: z.string(),
  requestedBy: z.string().optional(),
  changeToken: z.string().optional(),
  changedFrom: z.string().nullable().optional(),
  changedAt: z.string(),
  correlationId: z.string(),
  deletedAt: z.string().optional(),
  launchConfigStatus: LaunchConfigStatus,
  announcedStatus: ServerStatus.nullable(),
  version: z.number(),
});

export const StoredServer = z.looseObject({
  serverId: z.string(),
  groupId: z.string().optional(),
  accountId: z.string().optional(),
  region: z.string().optional(),
  planned: z.object({ groupId: z.string(), generation: z.number(), configRevision: z.number().optional() }).optional(),
  desired: z.object({ settings: LaunchSettings, hash: z.string(), hashVersion: z.number() }).optional(),
  applied: z
    .object({
      hash: z.string(),
      // Older items were stored without it: nothing hashes to this.
      templateHash: z.string().default(''),
      hashVersion: z.number(),
      launchTemplateId: z.string(),
      launchTemplateVersion: z.number(),
      verifiedAt: z.string(),
    })
    .optional(),
  status: ServerStatus,
  errors: z.array(StatusError),
  lease: z.object({ owner: z.string(), until: z.number() }).optional(),
  written: z
    .object({
      launchTemplateId: z.string(),
      launchTemplateVersion: z.number(),
      at: z.string(),
      doubt: z.enum(['late', 'disputed']).optional(),
    })
    .optional(),
  permit: z.object({ from: z.number() }).optional(),
  baselineVersion: z.number().optional(),
  drifted: z.boolean().optional(),
  dirty: z.boolean(),
  lastError: StatusError.optional(),
  requestedBy: z.string().optional(),
  correlationId: z.string(),
  changedAt: z.string(),
  version: z.number(),
});

export const StoredWave = z.looseObject({
  waveId: z.string(),
  groupIds: z.array(z.string()),
  isDrill: z.boolean(),
  jobs: z.array(
    z.object({
      key: z.string(),
      target: z.object({ accountId: z.string(), region: z.string() }),
      serverIds: z.array(z.string()),
      jobId: z.string().optional(),
      error: StatusError.optional(),
    }),
  ),
  starter: z.object({ owner: z.string(), until: z.number() }),
  path: z.enum(['fast', 'verify', 'apply']),
  notReady: z.array(z.object({ groupId: z.string(), serverId: z.string().optional(), errors: z.array(StatusError) })),
  startedAt: z.string(),
  version: z.number(),
});
