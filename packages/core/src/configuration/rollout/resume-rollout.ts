import type { VersionRef } from '@prelaunch/contracts/configuration';
import { updateItem } from '../../group/update-item.ts';
import { headOf } from '../configuration.ts';
import { RolloutNotStoppedError } from '../configuration-errors.ts';
import type { RolloutProgress } from '../ports.ts';
import type { RolloutDeps } from './advance-rollout.ts';
import { changeMark, markOf } from './change-mark.ts';
import { announceRollout } from './rollout-event.ts';

type Deps = Pick<RolloutDeps, 'configurations' | 'rollouts' | 'groups' | 'events'>;

/** Goes on with a rollout that was stopped: what has failed until now does not count any more. Throws `RolloutNotStoppedError`. */
export async function resumeRollout(configurationId: string, deps: Deps): Promise<void> {
  const catalogue = await deps.configurations.catalogue();
  const ref = { configurationId, version: headOf(catalogue, configurationId) };
  if (markOf(catalogue, ref)?.state !== 'stopped') throw new RolloutNotStoppedError(configurationId);
  await updateItem(
    `the rollout of ${configurationId}`,
    () => forgiven(ref, deps),
    (progress) => progress,
    (progress) => deps.rollouts.saveRollout(progress),
  );
  const resumed = await changeMark(
    ref,
    ({ because: _because, ...mark }) => (mark.state === 'stopped' ? { ...mark, state: 'running' } : undefined),
    deps,
  );
  if (resumed) await announceRollout(ref, resumed, deps);
}

/** A rollout for which all that has failed until now had failed before. */
async function forgiven(ref: VersionRef, { rollouts, groups }: Deps): Promise<RolloutProgress | undefined> {
  const progress = await rollouts.rollout(ref);
  if (!progress) return undefined;
  const found = await groups.getMany(progress.reached.map(({ groupId }) => groupId));
  const reached = progress.reached.map(({ groupId }) => ({
    groupId,
    failedBefore: found.get(groupId)?.launchConfigStatus.counts.failed ?? 0,
  }));
  return { ...progress, reached };
}
