import { drsRecovery } from '@prelaunch/aws/drs-recovery';
import { ec2RunningInstances } from '@prelaunch/aws/ec2-running-instances';
import type { RunningInstances } from '@prelaunch/core/drift/ports';
import type { TargetInventory } from '@prelaunch/core/target/target-inventory';
import type { Recovery } from '@prelaunch/core/wave/wave';
import { targets } from './targets.ts';

/** What operations ask of target accounts. */
export interface Reached {
  readonly inventory: TargetInventory;
  readonly recovery: Recovery;
  readonly running: RunningInstances;
}

export function reachTargets(): Reached {
  const { sessions, inventory } = targets();
  return { inventory, recovery: drsRecovery(sessions), running: ec2RunningInstances(sessions) };
}
