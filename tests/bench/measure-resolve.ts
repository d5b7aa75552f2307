import type { LaunchSettings } from '@prelaunch/contracts/launch-settings';
import { type ConfigurationVersion, nameOf } from '@prelaunch/core/configuration/configuration';
import { graphViewOf } from '@prelaunch/core/configuration/graph-view';
import { resolved } from '@prelaunch/core/configuration/resolve-configuration';
import { headsIn } from '@prelaunch/core/configuration/snapshot';
import { hashSettings } from '@prelaunch/core/settings/normalize-settings';
import type { BigGraph, Draw } from './big-graph.ts';

const WARM_UP_MS = 1_000;
const MEASURED_MS = 4_000;
const INSTANCE_TYPES = ['m7i.large', 'm7i.xlarge', 'c7i.large', 't3.micro', 'r7i.large'];
/** Requests are made before the clock runs. */
const REQUESTS = 4_096;

interface Request {
  readonly configurationId: string;
  readonly instanceType: string;
  readonly overrides: LaunchSettings;
}

/** Effective settings a second on one core, each with its provenance and its hash, no two requests the same. */
export function resolvesPerSecond({ catalogue, versions, leaves }: BigGraph, draw: Draw): number {
  const known = new Map(versions.map((version: ConfigurationVersion) => [nameOf(version), version]));
  const view = graphViewOf({ heads: headsIn(catalogue), versions: known });
  const requests = Array.from({ length: REQUESTS }, (_, index) => requestOf(index, leaves, draw));
  const resolve = ({ configurationId, instanceType, overrides }: Request) => {
    const stated = [{ at: 'overrides', by: { layer: 'overrides' }, stated: overrides } as const];
    const { effective, path } = resolved({ configurationId }, view, { stated, instanceType });
    if (path.length < 8) throw new Error(`${configurationId} is not deep enough`);
    return { hash: hashSettings(effective.settings), provenance: effective.provenance() };
  };
  repeat(requests, resolve, WARM_UP_MS);
  const { times, ms } = repeat(requests, resolve, MEASURED_MS);
  return Math.round((times / ms) * 1000);
}

function requestOf(index: number, leaves: readonly string[], draw: Draw): Request {
  return {
    configurationId: leaves[draw(leaves.length, 'leaf', index)] ?? '',
    instanceType: INSTANCE_TYPES[draw(INSTANCE_TYPES.length, 'type', index)] ?? '',
    overrides: { name: `server ${index}`, ...(index % 2 === 0 && { tags: { Owner: `owner ${index}` } }) },
  };
}

function repeat(requests: readonly Request[], act: (request: Request) => unknown, atLeastMs: number) {
  const began = performance.now();
  let times = 0;
  while (performance.now() - began < atLeastMs) {
    for (const request of requests) act(request);
    times += requests.length;
  }
  return { times, ms: performance.now() - began };
}
