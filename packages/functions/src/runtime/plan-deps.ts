import type { RolloutDeps } from '@prelaunch/core/configuration/rollout/advance-rollout';
import { applyQueue, bindingStore, configurationStore, groupStore, now, publisher, serverStore } from './pipeline.ts';
import { targets } from './targets.ts';

/** What planning groups stands on, whether for a change of theirs or for what they inherit. Made once, when a function starts. */
export function planDeps(): RolloutDeps {
  const configurations = configurationStore();
  return {
    groups: groupStore(),
    servers: serverStore(),
    queue: applyQueue(),
    events: publisher(),
    inventory: targets().inventory,
    configurations,
    rollouts: configurations,
    bindings: bindingStore(),
    now,
  };
}
