import { physicalName } from '@prelaunch/topology/names';
import type { QueueSpec, Topology } from '@prelaunch/topology/shape';
import { lookup } from './lookup.ts';
import { resourceName } from './resource-name.ts';

export type Queues = ReadonlyMap<string, sst.aws.Queue>;

type QueueSpecs = Topology['queues'];

/** Every queue, the ones that messages end in first, since the others point to them. */
export function createQueues(specs: QueueSpecs, stage: string): Queues {
  const queues = new Map<string, sst.aws.Queue>();
  const deadLettersFirst = Object.entries(specs).sort(([, a], [, b]) => Number(!!a.redrive) - Number(!!b.redrive));
  for (const [id, spec] of deadLettersFirst) queues.set(id, createQueue(id, spec, stage, queues));
  for (const id of queues.keys()) restrictRedrive(id, specs, queues);
  return queues;
}

function createQueue(
  id: string,
  { visibilitySeconds, retentionSeconds, redrive }: QueueSpec,
  stage: string,
  made: Queues,
) {
  return new sst.aws.Queue(resourceName(id, 'Queue'), {
    visibilityTimeout: `${visibilitySeconds} seconds`,
    ...(redrive && {
      dlq: { queue: lookup(made, 'queue', redrive.deadLetterQueue).arn, retry: redrive.maxReceiveCount },
    }),
    transform: {
      queue: {
        name: physicalName(stage, id),
        messageRetentionSeconds: retentionSeconds,
        sqsManagedSseEnabled: true,
      },
    },
  });
}

/** Without this, any queue of the account could send its dead letters here. */
function restrictRedrive(id: string, specs: QueueSpecs, queues: Queues) {
  const sources = Object.keys(specs).filter((source) => specs[source]?.redrive?.deadLetterQueue === id);
  new aws.sqs.RedriveAllowPolicy(resourceName(id, 'RedriveAllow'), {
    queueUrl: lookup(queues, 'queue', id).url,
    redriveAllowPolicy: $jsonStringify(
      sources.length > 0
        ? {
            redrivePermission: 'byQueue',
            sourceQueueArns: sources.map((source) => lookup(queues, 'queue', source).arn),
          }
        : { redrivePermission: 'denyAll' },
    ),
  });
}
