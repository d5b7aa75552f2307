import type { DriftDifference, Remediation } from '@prelaunch/contracts/drift';
import type { RemediateInstanceRequest } from '@prelaunch/contracts/operations/drift';
import { ContentionError } from '../errors.ts';
import { type Group, isDefined } from '../group/group.ts';
import { GroupNotFoundError } from '../group/group-errors.ts';
import { getGroup } from '../group/ports.ts';
import { refusedField } from '../invalid-request-error.ts';
import { withBegun } from './brakes.ts';
import { carryOut } from './carry-out.ts';
import { beingApplied, recovering } from './check-brakes.ts';
import {
  InstanceNotFoundError,
  NotFeasibleError,
  NothingAwaitsError,
  NothingDiffersError,
  OwnProposalError,
  RemediationHeldError,
} from './drift-errors.ts';
import { type InstanceDrift, isDrifting, type Proposal } from './instance-drift.ts';
import { changeLedger } from './ledger.ts';
import { noted, proposed, type RemediateDeps, remediationOf } from './note-remediation.ts';
import { type PlannedKey, planRemediation } from './plan-remediation.ts';
import { knownInstance } from './read-drift.ts';

export interface RemediationCall {
  readonly request: RemediateInstanceRequest;
  /** The id of who asks. */
  readonly requestedBy: string;
  readonly correlationId: string;
}

/** Takes live settings over: saves a draft, or an override that was approved. Answers what it did in words. */
export interface Adopting {
  /** Whether the caller may change that place; `refuse` throws `AccessDeniedError`. */
  decide(
    group: Group,
    as: 'configuration' | 'override',
  ): Promise<{ readonly allowed: boolean; readonly refuse: () => never }>;
  /** Where the keys are stated: in a configuration that the group follows, or by the group itself. */
  placeOf(drift: InstanceDrift, group: Group, keys: readonly string[]): Promise<'configuration' | 'override'>;
  intoDraft(drift: InstanceDrift, group: Group, differences: readonly DriftDifference[]): Promise<string>;
  intoOverride(drift: InstanceDrift, group: Group, differences: readonly DriftDifference[]): Promise<string>;
}

/**
 * Does what a person asks about what differs. A person is not held by budgets, windows or back-off, whoever asks knows why; never under
 * a recovery, and never beside an apply. Answers what a dry run would do, which is kept nowhere: what is under way, or awaits approval,
 * stays so.
 */
export async function remediateInstance(
  call: RemediationCall,
  adopting: Adopting,
  deps: RemediateDeps,
): Promise<Remediation | undefined> {
  const { request, requestedBy } = call;
  const drift = await knownInstance(request.instanceId, deps);
  if (!drift) throw new InstanceNotFoundError(request.instanceId);
  if (drift.verdict === 'unknown')
    throw new NothingDiffersError(request.instanceId, drift.unknown?.message ?? 'it could not be told');
  if (!isDrifting(drift)) throw new NothingDiffersError(request.instanceId, 'its newest audit found nothing');
  const group = await getGroup(deps.groups, drift.groupId);
  if (!isDefined(group)) throw new GroupNotFoundError(drift.groupId);
  const { asked, approved } = askedFor(drift, request, requestedBy);
  const chosen = { ...call, drift, group, differences: chosenOf(drift, asked.keys) };
  if (asked.action === 'adopt') return adopt({ ...chosen, asked, approved }, adopting, deps);
  return act({ ...chosen, action: asked.action }, deps);
}

interface Asked {
  readonly asked: Omit<Proposal, 'keys'> & { readonly keys: readonly string[] | undefined };
  readonly approved: boolean;
}

/** What is asked for, or what awaits approval: whoever proposed it does not approve it. */
function askedFor(drift: InstanceDrift, { action, as, keys }: RemediateInstanceRequest, requestedBy: string): Asked {
  if (action !== 'approve') return { asked: { action, keys, ...(as && { as }) }, approved: false };
  if (!drift.proposal) throw new NothingAwaitsError(drift.instanceId);
  refuseOther(as, keys);
  if (drift.remediation.requestedBy === requestedBy) throw new OwnProposalError();
  return { asked: drift.proposal, approved: true };
}

/** Somebody approves what was proposed, all of it. */
function refuseOther(as: RemediateInstanceRequest['as'], keys: RemediateInstanceRequest['keys']): void {
  if (keys) throw refusedField('keys', keys, 'no keys with approve, which approves what was proposed');
  if (as) throw refusedField('as', as, 'nothing with approve, which approves what was proposed');
}

/** The differences of these keys, or all. Throws `NotFeasibleError` for a key that does not differ. */
function chosenOf({ differences }: InstanceDrift, keys: readonly string[] | undefined): readonly DriftDifference[] {
  if (!keys) return differences;
  const differing = new Set(differences.map(({ key }) => key));
  const unknown = keys.findIndex((key) => !differing.has(key));
  const allowed = `keys that differ: ${[...differing].join(', ')}`;
  if (unknown >= 0)
    throw new NotFeasibleError(`keys.${unknown}`, keys[unknown], `${keys[unknown]} does not differ`, allowed);
  return differences.filter(({ key }) => keys.includes(key));
}

interface Chosen extends RemediationCall {
  readonly drift: InstanceDrift;
  readonly group: Group;
  readonly differences: readonly DriftDifference[];
}

async function act(
  chosen: Chosen & { readonly action: 'rollback' | 'sync' },
  deps: RemediateDeps,
): Promise<Remediation | undefined> {
  const { drift, group, differences, action, request, requestedBy, correlationId } = chosen;
  const keys = planRemediation(drift.kind, action, differences);
  refuseImpossible(drift, action, keys);
  if (request.dryRun) return remediationOf({ status: 'proposed', action, keys, requestedBy }, deps);
  const held = await beingApplied(drift, deps);
  if (held) throw new RemediationHeldError('drift.being_applied', held.reason);
  const running = await recovering(group, deps);
  if (running) throw new RemediationHeldError('drift.recovery_running', running.reason);
  await changeLedger(group.groupId, (ledger) => withBegun(ledger, drift.instanceId, deps.now()), deps.ledgers);
  refuseMoved(drift, await carryOut({ drift, group, action, keys, requestedBy, correlationId }, deps));
  return undefined;
}

/** Whoever asked saw something else than is so now: they look at it again. */
function refuseMoved({ instanceId }: InstanceDrift, outcome: string): void {
  if (outcome === 'changed_meanwhile') throw new ContentionError(`instance ${instanceId}`);
}

/** Launch settings are applied as a whole, and a key that cannot be put right is no reason not to put right the others. */
function refuseImpossible(drift: InstanceDrift, action: 'rollback' | 'sync', keys: readonly PlannedKey[]): void {
  const obstacles = keys.filter(({ result }) => result === 'not_feasible');
  const isWhole = drift.kind === 'source_server';
  if (isWhole && keys.length < drift.differences.length)
    throw new NotFeasibleError(
      'keys',
      keys.map(({ key }) => key),
      'launch settings are applied as a whole',
      'no keys',
    );
  if (obstacles.length === 0 || (!isWhole && obstacles.length < keys.length)) return;
  const why = obstacles.map(({ key, reason }) => `${key}: ${reason}`).join('; ');
  throw new NotFeasibleError('action', action, why, 'another action');
}

interface Adoption extends Chosen {
  readonly asked: Asked['asked'];
  readonly approved: boolean;
}

/**
 * A draft awaits publishing anyway. An override would hold at once, so that somebody else approves it; and what the caller may not change
 * is only proposed.
 */
async function adopt(
  { asked, approved, ...chosen }: Adoption,
  adopting: Adopting,
  deps: RemediateDeps,
): Promise<Remediation | undefined> {
  const { drift, group, differences, request, requestedBy } = chosen;
  const names = differences.map(({ key }) => key);
  const as = asked.as ?? (await adopting.placeOf(drift, group, names));
  const keys = differences.map(
    ({ key, feasibility, desired: from, observed: to }): PlannedKey => ({
      key,
      feasibility,
      from,
      to,
      result: 'planned',
    }),
  );
  if (request.dryRun) return remediationOf({ status: 'proposed', action: 'adopt', keys, requestedBy }, deps);
  const { allowed, refuse } = await adopting.decide(group, as);
  if (approved && !allowed) refuse();
  if (!approved && (as === 'override' || !allowed)) {
    refuseMoved(drift, (await proposed(drift, { action: 'adopt', as, keys: names }, keys, deps, requestedBy)).kind);
    return undefined;
  }
  const into = as === 'configuration' ? adopting.intoDraft : adopting.intoOverride;
  const reason = await into(drift, group, differences);
  const adopted = keys.map((one) => ({ ...one, result: 'adopted' as const }));
  await noted(drift, { status: 'done', action: 'adopt', keys: adopted, requestedBy, reason }, deps);
  return undefined;
}
