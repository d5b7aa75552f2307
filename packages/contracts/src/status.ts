import * as z from 'zod';

export const ServerStatus = z.enum(['ready', 'pending', 'failed', 'not_configured']);
export type ServerStatus = z.output<typeof ServerStatus>;

/** Why something is not as asked: stable code, where, what was given, what is allowed, what AWS said if it did, and what to do. */
export const StatusError = z.object({
  code: z.string(),
  message: z.string(),
  serverId: z.string().optional(),
  path: z.string().optional(),
  value: z.unknown().optional(),
  allowed: z.string().optional(),
  awsCode: z.string().optional(),
  remedy: z.string().optional().meta({ description: 'What to do about it.' }),
  at: z.iso.datetime(),
});
export type StatusError = z.output<typeof StatusError>;

export const StatusCounts = z.object({
  total: z.number(),
  ready: z.number(),
  pending: z.number(),
  failed: z.number(),
  notConfigured: z.number(),
});
export type StatusCounts = z.output<typeof StatusCounts>;

/** `launchConfigStatus` of a group item: what a wave reads. Times are ISO 8601, null until there is one. */
export const LaunchConfigStatus = z.object({
  status: ServerStatus,
  lastApplied: z.iso.datetime().nullable(),
  appliedBy: z.string(),
  counts: StatusCounts,
  errors: z.array(StatusError),
  freshUntil: z.iso
    .datetime()
    .nullable()
    .meta({ description: 'Until when the slowest-verified member counts as fresh; null when nothing was verified.' }),
  configRevision: z.number().meta({
    description:
      'Revision of the configuration graph the settings were resolved from; 0 for a group that states them itself.',
  }),
  statusRevision: z.number().meta({ description: 'Grows with each change of this status.' }),
});
export type LaunchConfigStatus = z.output<typeof LaunchConfigStatus>;

/** One entry of `serverConfigs` in API answers. */
export const ServerConfig = z.object({
  status: ServerStatus,
  lastApplied: z.iso.datetime().nullable(),
  configHash: z.string().nullable(),
  errors: z.array(StatusError),
});
export type ServerConfig = z.output<typeof ServerConfig>;
