import * as z from 'zod';
import { ConfigurationId, CorrelationId, GroupId, SourceServerId } from './ids.ts';

/**
 * One thing that was decided or done. `decision`: somebody asked for an operation. `change`: an operation changed a group, a configuration or a binding.
 * `write_begun`, `write_ended`: a server's settings are being written to AWS, or were; the first without the second means
 * that the outcome is not known.
 */
export const AuditRecord = z.strictObject({
  recordId: z
    .string()
    .min(1)
    .max(128)
    .meta({ description: 'Unique; a record that is delivered twice stands in the log once.' }),
  kind: z.enum(['decision', 'change', 'write_begun', 'write_ended']),
  at: z.iso.datetime(),
  actor: z.string().max(1024).meta({ description: 'The id of who asked.' }),
  action: z.string().max(256).meta({ description: 'The operation asked for, or the calls to AWS.' }),
  groupId: GroupId.optional(),
  serverId: SourceServerId.optional(),
  configurationId: ConfigurationId.optional(),
  instanceId: z.string().max(64).optional().meta({ description: 'The running instance that was changed.' }),
  bindingId: z.string().max(256).optional(),
  waveId: z.string().max(256).optional().meta({ description: 'The wave whose jobs are started.' }),
  beforeHash: z
    .string()
    .max(128)
    .nullable()
    .optional()
    .meta({ description: "Of the group's definition, or of the server's settings. `null`: none, or not known." }),
  afterHash: z.string().max(128).nullable().optional(),
  result: z.string().max(128).meta({ description: '`allowed`, `denied`, `begun`, `done`, or a stable error code.' }),
  policies: z.array(z.string().max(256)).max(100).optional().meta({
    description:
      'The policies that decided. Bounded, as all else here, so that a block of records fits into an item of the table.',
  }),
  correlationId: CorrelationId,
});
export type AuditRecord = z.output<typeof AuditRecord>;

/** A record as it stands in the log: at which place of which day's chain. */
export const AuditEntry = AuditRecord.extend({
  day: z.iso.date(),
  block: z.number().meta({ description: "The block of the day's chain, from 1 on." }),
  blockHash: z.string().meta({ description: 'The hash of that block, which holds the hash of the one before.' }),
});
export type AuditEntry = z.output<typeof AuditEntry>;
