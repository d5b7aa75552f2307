import type { DriftPolicy } from '@prelaunch/contracts/drift';
import type { Group } from '../group/group.ts';
import { getServer } from '../group/ports.ts';
import { type Held, heldBy, withBegun } from './brakes.ts';
import { isWaiting } from './desired-now.ts';
import { flappingOf } from './flapping.ts';
import type { InstanceDrift } from './instance-drift.ts';
import { changeLedger } from './ledger.ts';
import type { RemediateDeps } from './note-remediation.ts';

export interface Rules {
  readonly group: Group;
  readonly policy: DriftPolicy;
}

/** The first thing that keeps it from beginning now; where nothing does, its beginning is noted, and counts from then on. */
export async function heldBack(
  drift: InstanceDrift,
  { group, policy }: Rules,
  deps: RemediateDeps,
): Promise<Held | undefined> {
  const busy = (await beingApplied(drift, deps)) ?? (await rollingOut(group, deps));
  if (busy) return busy;
  const { instanceId, looks, flapping: isFlapping } = drift;
  const { writers } = flappingOf(looks, isFlapping);
  const situation = { instanceId, policy, members: group.serverIds.length, isFlapping, writers, now: deps.now() };
  const ledger = await deps.ledgers.get(group.groupId);
  const braked = ledger && heldBy(ledger, situation);
  // Only then is AWS asked.
  const running = braked ?? (await recovering(group, deps));
  if (running) return running;
  let held: Held | undefined;
  await changeLedger(
    group.groupId,
    (newest) => {
      held = heldBy(newest, situation);
      return held ? undefined : withBegun(newest, instanceId, deps.now());
    },
    deps.ledgers,
  );
  return held;
}

export async function beingApplied(
  { serverId, kind }: InstanceDrift,
  { servers }: RemediateDeps,
): Promise<Held | undefined> {
  if (kind !== 'source_server') return undefined;
  const server = await getServer(servers, serverId);
  const isBusy = server?.status === 'pending' || server?.lease !== undefined;
  return isBusy ? { brake: 'being_applied', reason: 'its settings are being applied', until: null } : undefined;
}

/** A change or a rollout brings newer settings in its own stages. */
async function rollingOut(group: Group, deps: RemediateDeps): Promise<Held | undefined> {
  return (await isWaiting(group, deps))
    ? { brake: 'rollout_under_way', reason: 'newer settings are on their way to the group', until: null }
    : undefined;
}

/** Nothing is changed under a recovery or a drill. */
export async function recovering(group: Group, { running }: RemediateDeps): Promise<Held | undefined> {
  const { underWay } = await running.launches(group, group.serverIds);
  if (underWay.size === 0) return undefined;
  const reason = `a recovery or a drill of ${[...underWay][0]} is under way`;
  return { brake: 'recovery_running', reason, until: null };
}
