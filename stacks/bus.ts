import { busName } from '@prelaunch/topology/names';

/** The bus on which upstream systems publish and Prelaunch announces. */
export function createBus(stage: string) {
  return new sst.aws.Bus('Bus', { transform: { bus: { name: busName(stage) } } });
}
