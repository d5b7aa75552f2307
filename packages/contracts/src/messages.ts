import * as z from 'zod';
import { CorrelationId, GroupId, SourceServerId } from './ids.ts';

/** One message per server on the apply queue. It only says *look*: what to apply is read under the server's lease. */
export const ApplyRequest = z.strictObject({
  version: z.literal('1', { error: 'the string "1"' }),
  correlationId: CorrelationId,
  groupId: GroupId,
  serverId: SourceServerId,
});
export type ApplyRequest = z.output<typeof ApplyRequest>;
