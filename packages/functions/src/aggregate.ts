import { LaunchConfigApplied, LaunchConfigApplyFailed } from '@prelaunch/contracts/events';
import { aggregateGroup } from '@prelaunch/core/status/aggregate-group';
import * as z from 'zod';
import { consume } from './runtime/consume.ts';
import { environment } from './runtime/environment.ts';
import { groupStore, now, publisher, serverStore } from './runtime/pipeline.ts';

const deps = { groups: groupStore(), servers: serverStore(), events: publisher(), now };

export const handler = consume({
  schema: z.discriminatedUnion('detail-type', [LaunchConfigApplied.envelope, LaunchConfigApplyFailed.envelope]),
  queueUrl: environment('STATUS_QUEUE_URL').STATUS_QUEUE_URL,
  malformed: 'to_dead_letters',
  subject: ({ detail: { correlationId, data } }) => ({ groupId: data.groupId, serverId: data.serverId, correlationId }),
  handlerOf: foldOncePerGroup,
});

/** Ten outcomes of one group in a batch are one fold: it reads the members as they are, not what the events say. */
function foldOncePerGroup() {
  const folds = new Map<string, Promise<unknown>>();
  return async ({ detail }: { detail: { data: { groupId: string } } }) => {
    const { groupId } = detail.data;
    const fold = folds.get(groupId) ?? aggregateGroup(groupId, deps);
    folds.set(groupId, fold);
    await fold;
    return { kind: 'aggregated' };
  };
}
