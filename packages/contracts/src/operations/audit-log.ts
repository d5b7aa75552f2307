import * as z from 'zod';
import { AuditEntry } from '../audit.ts';
import { GroupId } from '../ids.ts';
import { caller, paged } from './fields.ts';

const ACTOR = 'an actor as entries show it: 1 to 1024 characters';
const TIME = 'an ISO 8601 time in UTC such as 2026-01-31T12:00:00Z';

export const GetAuditLogRequest = z.strictObject({
  operation: z.literal('get_audit_log'),
  groupId: GroupId.optional(),
  actor: z
    .string({ error: ACTOR })
    .min(1, ACTOR)
    .max(1024, ACTOR)
    .optional()
    .meta({ description: 'The id of who asked, as entries show it.' }),
  from: z.iso.datetime({ error: TIME }).optional().meta({ description: 'A day before `to` when it is not given.' }),
  to: z.iso.datetime({ error: TIME }).optional().meta({ description: 'Now when it is not given.' }),
  ...paged(200, 50),
  ...caller,
});
export type GetAuditLogRequest = z.output<typeof GetAuditLogRequest>;

export const GetAuditLogResponse = z.object({
  entries: z.array(AuditEntry).meta({ description: 'Newest first.' }),
  nextToken: z.string().optional(),
});
export type GetAuditLogResponse = z.output<typeof GetAuditLogResponse>;
