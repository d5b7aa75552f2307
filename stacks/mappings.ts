import type { Topology } from '@prelaunch/topology/shape';
import type { Functions } from './functions.ts';
import { lookup } from './lookup.ts';
import type { Queues } from './queues.ts';
import { resourceName } from './resource-name.ts';

export interface MappingInputs {
  readonly queues: Queues;
  readonly functions: Functions;
}

/** Partial batch responses are always on: without them Lambda deletes the messages that failed beside others that did not. */
export function createMappings(specs: Topology['mappings'], { queues, functions }: MappingInputs) {
  for (const [id, spec] of Object.entries(specs)) {
    new aws.lambda.EventSourceMapping(resourceName(id, 'Mapping'), {
      eventSourceArn: lookup(queues, 'queue', spec.queue).arn,
      functionName: lookup(functions, 'function', spec.function).name,
      batchSize: spec.batchSize,
      maximumBatchingWindowInSeconds: spec.batchingWindowSeconds,
      functionResponseTypes: ['ReportBatchItemFailures'],
      scalingConfig: { maximumConcurrency: spec.maximumConcurrency },
    });
  }
}
