import { ConfigurationPublished, LaunchConfigStatusChanged } from '@prelaunch/contracts/events';
import { advanceRollout, advanceRollouts } from '@prelaunch/core/configuration/rollout/advance-rollout';
import * as z from 'zod';
import { consume } from './runtime/consume.ts';
import { environment } from './runtime/environment.ts';
import { planDeps } from './runtime/plan-deps.ts';

const deps = planDeps();

const Message = z.discriminatedUnion('detail-type', [
  ConfigurationPublished.envelope,
  LaunchConfigStatusChanged.envelope,
]);

/** A version was published, or a group settled that a rollout may wait for. */
export const handler = consume({
  schema: Message,
  queueUrl: environment('ROLLOUT_QUEUE_URL').ROLLOUT_QUEUE_URL,
  malformed: 'to_dead_letters',
  subject: ({ detail: { correlationId, data } }) =>
    'groupId' in data ? { groupId: data.groupId, correlationId } : { correlationId },
  handlerOf:
    () =>
    ({ detail: { data } }) =>
      'groupId' in data ? advanceRollouts(deps) : advanceRollout(data, deps),
});
