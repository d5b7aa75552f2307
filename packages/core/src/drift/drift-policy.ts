import type { DriftPolicy, StatedDriftPolicy } from '@prelaunch/contracts/drift';

/** What holds where neither the environment nor a group states anything else. */
export const DEFAULT_DRIFT_POLICY: DriftPolicy = {
  threshold: 25,
  // Who may reach a machine, and what it may do, comes first; a type that is too small only makes it slow.
  weights: { critical: 40, network: 25, compute: 10, other: 5 },
  launchBlockingFloor: 60,
  actions: { stale: 'sync', drifted: 'alert', diverged: 'alert' },
  mode: 'automatic',
  budget: { windowMinutes: 60, maxInstances: 25, maxShare: 0.1 },
  maintenanceWindows: [],
  ignore: [],
};

/** The policy of a group: what it states, and all else as the environment has it. Lists replace. */
export function policyOf(stated: StatedDriftPolicy | undefined, environment: DriftPolicy): DriftPolicy {
  if (!stated) return environment;
  const { weights, actions, budget } = stated;
  return {
    ...environment,
    ...definedIn(stated),
    weights: { ...environment.weights, ...definedIn(weights) },
    actions: { ...environment.actions, ...definedIn(actions) },
    budget: { ...environment.budget, ...definedIn(budget) },
  };
}

type Defined<T> = { [Key in keyof T]: Exclude<T[Key], undefined> };

function definedIn<T extends object>(stated: T | undefined): Defined<T> {
  return Object.fromEntries(Object.entries(stated ?? {}).filter(([, value]) => value !== undefined)) as Defined<T>;
}
