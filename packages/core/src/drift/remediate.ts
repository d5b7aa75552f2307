import type { DriftPolicy } from '@prelaunch/contracts/drift';
import { RemediationHeld } from '@prelaunch/contracts/events';
import { isDefined } from '../group/group.ts';
import { getGroup, getServer } from '../group/ports.ts';
import type { Held } from './brakes.ts';
import { carryOut } from './carry-out.ts';
import { heldBack } from './check-brakes.ts';
import { policyOf } from './drift-policy.ts';
import { type InstanceDrift, isDrifting } from './instance-drift.ts';
import { noted, PRELAUNCH, proposed, type RemediateDeps, type RemediationOutcome } from './note-remediation.ts';
import { type PlannedKey, planRemediation } from './plan-remediation.ts';

/**
 * Does what the policy of its group says about an instance that has drifted: nothing but tell, put it back, or bring it to what is
 * desired; after approval where the policy wants that, and only as far as the brakes allow. What could not be read is left alone.
 */
export async function remediate(
  instanceId: string,
  correlationId: string,
  deps: RemediateDeps,
): Promise<RemediationOutcome> {
  const drift = (await deps.instances.getMany([instanceId])).get(instanceId);
  if (!drift || !isDrifting(drift)) return { kind: 'nothing_differs' };
  if (drift.verdict === 'unknown' || drift.verdict === 'in_sync') return { kind: 'unknown' };
  const group = await getGroup(deps.groups, drift.groupId);
  if (!isDefined(group)) return { kind: 'group_gone' };
  if (!drift.score.exceedsThreshold) return { kind: 'below_threshold' };
  if (await isUnderWay(drift, deps)) return { kind: 'under_way' };

  // What a person proposed is for a person to decide.
  if (drift.proposal && drift.remediation.requestedBy !== PRELAUNCH) return { kind: 'awaiting_approval' };

  const policy = policyOf(group.driftPolicy, deps.policy);
  const action = actionFor(drift, drift.verdict, policy);
  if (action === 'alert') return noted(drift, { status: 'alerted', action, keys: [] }, deps);
  const keys = planRemediation(drift.kind, action, drift.differences);
  if (!isFeasible(drift, keys)) return noted(drift, { status: 'not_feasible', action, keys }, deps);
  if (policy.mode === 'dry_run') return noted(drift, { status: 'proposed', action, keys }, deps);
  if (policy.mode === 'approval') return proposed(drift, { action, keys: keysOf(keys) }, keys, deps);

  const held = await heldBack(drift, { group, policy }, deps);
  if (held) return hold(drift, action, { keys, held, correlationId }, deps);
  return { kind: await carryOut({ drift, group, action, keys, requestedBy: PRELAUNCH, correlationId }, deps) };
}

/** What runs is not changed by itself because the configuration moved on: it may serve production. */
function actionFor(
  { kind }: InstanceDrift,
  verdict: keyof DriftPolicy['actions'],
  { actions }: DriftPolicy,
): DriftPolicy['actions']['stale'] {
  return kind === 'recovery_instance' && verdict === 'stale' ? 'alert' : actions[verdict];
}

/** Whoever began it may have died before anybody was asked to apply it. */
async function isUnderWay(
  { kind, serverId, remediation: { status, at } }: InstanceDrift,
  { servers }: RemediateDeps,
): Promise<boolean> {
  if (status !== 'in_progress' || kind !== 'source_server') return false;
  const server = await getServer(servers, serverId);
  return server?.status === 'pending' || (server?.changedAt ?? '') > (at ?? '');
}

function keysOf(keys: readonly PlannedKey[]): string[] {
  return keys.map(({ key }) => key);
}

/** Launch settings are applied as a whole: a key that must not be would be, too. */
function isFeasible({ kind, notes }: InstanceDrift, keys: readonly PlannedKey[]): boolean {
  const planned = keys.filter(({ result }) => result === 'planned').length;
  if (kind === 'recovery_instance') return planned > 0;
  return planned === keys.length && !notes.some(({ policy }) => policy === 'ignored');
}

interface Holding {
  readonly keys: readonly PlannedKey[];
  readonly held: Held;
  readonly correlationId: string;
}

/** Told once for each brake, not for every audit that finds it still held. */
async function hold(
  drift: InstanceDrift,
  action: 'rollback' | 'sync',
  { keys, held, correlationId }: Holding,
  deps: RemediateDeps,
): Promise<RemediationOutcome> {
  const { instanceId, kind, serverId, groupId, remediation } = drift;
  if (remediation.status !== 'held' || remediation.brake !== held.brake) {
    const data = { instanceId, kind, serverId, groupId, action, ...held };
    await deps.events.publish([{ type: RemediationHeld.type, detail: { version: '1', correlationId, data } }]);
  }
  return noted(drift, { status: 'held', action, keys: [...keys], ...held }, deps);
}
