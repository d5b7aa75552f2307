import { busName, LOCAL_STAGE, physicalName } from '@prelaunch/topology/names';
import type { Topology } from '@prelaunch/topology/shape';

export interface Described {
  readonly endpoint: string;
  /** Where the API is, once it is up. */
  readonly api: string | undefined;
  readonly accountId: string;
  readonly region: string;
  readonly services: readonly string[];
  readonly topology: Topology;
}

/** What somebody sees who opens the endpoint in a browser. */
export function describeRuntime({ endpoint, api, accountId, region, services, topology }: Described): unknown {
  const names = (ids: Readonly<Record<string, unknown>>) =>
    Object.fromEntries(Object.keys(ids).map((id) => [id, physicalName(LOCAL_STAGE, id)]));
  return {
    name: 'Prelaunch, running locally',
    usage:
      'Point an AWS client at this endpoint; any credentials are accepted, and the signed service name says which service is meant.',
    endpoint,
    api,
    accountId,
    region,
    services,
    bus: busName(LOCAL_STAGE),
    tables: names(topology.tables),
    queues: names(topology.queues),
    topics: names(topology.topics),
    functions: names(topology.functions),
    rules: names(topology.rules),
    schedules: names(topology.schedules),
  };
}
