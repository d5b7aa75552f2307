import type { MappingSpec } from '@prelaunch/topology/shape';
import type { FunctionPool } from '../lambda/function-pool.ts';
import { MissingPartError } from '../missing-part-error.ts';
import type { EmbeddedQueue } from '../queues/embedded-sqs.ts';
import type { SqsEventPlace } from './sqs-event.ts';
import { startMapping } from './start-mapping.ts';

export interface MappingsOptions extends SqsEventPlace {
  readonly mappings: Readonly<Record<string, MappingSpec>>;
  readonly queues: ReadonlyMap<string, EmbeddedQueue>;
  readonly pools: ReadonlyMap<string, FunctionPool>;
  readonly signal: AbortSignal;
}

/** Starts all event source mappings of the topology. `finished` resolves when no batch is in flight any more. */
export function startMappings(options: MappingsOptions): { readonly finished: Promise<unknown> } {
  const { mappings, queues, pools, ...rest } = options;
  const started = Object.values(mappings).map(({ queue: queueId, function: functionId, ...limits }) => {
    const queue = queues.get(queueId);
    const pool = pools.get(functionId);
    if (!queue) throw new MissingPartError('queue', queueId);
    if (!pool) throw new MissingPartError('function', functionId);
    return startMapping({ ...rest, ...limits, queue, pool });
  });
  return { finished: Promise.all(started.map(({ finished }) => finished)) };
}
