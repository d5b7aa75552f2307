import type { Topology } from '@prelaunch/topology/shape';
import { wiring } from '@prelaunch/topology/topology';
import { sampleTopology } from './sample-topology.ts';

/** An ordinary stage, and the one whose data must survive everything. */
export const STAGES = ['test', 'production'] as const;

/** A stage of another topology. */
export const SAMPLE = 'sample';
export type RenderedStage = (typeof STAGES)[number] | typeof SAMPLE;

/** Everything that is rendered, with the topology that it is rendered from. */
export const RENDERED: readonly (readonly [RenderedStage, Topology])[] = [
  ...STAGES.map((stage) => [stage, wiring] as const),
  [SAMPLE, sampleTopology],
];
