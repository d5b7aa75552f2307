import { physicalName } from '@prelaunch/topology/names';
import type { TableSpec, Topology } from '@prelaunch/topology/shape';
import { resourceName } from './resource-name.ts';

export type Tables = ReadonlyMap<string, sst.aws.Dynamo>;

/** On-demand tables with point-in-time recovery, both SST's defaults. Production tables also outlive the stack. */
export function createTables(specs: Topology['tables'], stage: string): Tables {
  return new Map(Object.entries(specs).map(([id, spec]) => [id, createTable(id, spec, stage)]));
}

function createTable(id: string, { partitionKey, sortKey, timeToLive }: TableSpec, stage: string) {
  return new sst.aws.Dynamo(resourceName(id, 'Table'), {
    fields: { [partitionKey]: 'string', ...(sortKey && { [sortKey]: 'string' }) },
    primaryIndex: { hashKey: partitionKey, ...(sortKey && { rangeKey: sortKey }) },
    ...(timeToLive && { ttl: timeToLive }),
    deletionProtection: stage === 'production',
    transform: { table: { name: physicalName(stage, id) } },
  });
}
