import { drsRecovery } from '@prelaunch/aws/drs-recovery';
import type { TargetInventory } from '@prelaunch/core/target/target-inventory';
import type { Recovery } from '@prelaunch/core/wave/wave';
import { targets } from './targets.ts';

/** What operations ask of target accounts. */
export interface Reached {
  readonly inventory: TargetInventory;
  readonly recovery: Recovery;
}

export function reachTargets(): Reached {
  const { sessions, inventory } = targets();
  return { inventory, recovery: drsRecovery(sessions) };
}
