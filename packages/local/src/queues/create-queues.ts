import { physicalName } from '@prelaunch/topology/names';
import type { QueueSpec } from '@prelaunch/topology/shape';
import type { EmbeddedQueue, EmbeddedSqs } from './embedded-sqs.ts';

/** Creates the queues under their physical names; gives them by logical id. */
export function createQueues(
  queues: Readonly<Record<string, QueueSpec>>,
  stage: string,
  sqs: EmbeddedSqs,
): ReadonlyMap<string, EmbeddedQueue> {
  return new Map(
    Object.entries(queues).map(([id, spec]) => [
      id,
      sqs.createQueue(physicalName(stage, id), attributesOf(spec, stage, sqs)),
    ]),
  );
}

function attributesOf({ visibilitySeconds, retentionSeconds, redrive }: QueueSpec, stage: string, sqs: EmbeddedSqs) {
  return {
    VisibilityTimeout: String(visibilitySeconds),
    MessageRetentionPeriod: String(retentionSeconds),
    ...(redrive && {
      RedrivePolicy: JSON.stringify({
        deadLetterTargetArn: sqs.queueArn(physicalName(stage, redrive.deadLetterQueue)),
        maxReceiveCount: redrive.maxReceiveCount,
      }),
    }),
  };
}
