import type { DriftUnknown } from '@prelaunch/contracts/drift';
import type { LaunchSettings } from '@prelaunch/contracts/launch-settings';
import pMap from 'p-map';
import type { Group } from '../group/group.ts';
import { WRITES_AT_ONCE } from '../group/plan-group.ts';
import type { DriftDeps } from './audit-deps.ts';
import { type Baseline, baselineOf, isOfThisRecipe } from './baseline.ts';
import { changeInstance } from './change-instance.ts';
import { desiredNow } from './desired-now.ts';
import { policyOf } from './drift-policy.ts';
import { type InstanceDrift, unauditedInstance } from './instance-drift.ts';
import { desiredOfInstance, judge } from './judge.ts';
import type { RunningInstance } from './ports.ts';
import { type Subject, settleAudit } from './settle-audit.ts';

export interface InstanceAudit {
  readonly group: Group;
  readonly serverIds: readonly string[];
  /** Who is known to have edited an instance just now. */
  readonly actor?: string | undefined;
  readonly correlationId: string;
}

const ENDED: ReadonlySet<string> = new Set(['shutting-down', 'terminated']);

/**
 * Compares the instances that recoveries launched from servers of a group with what they were launched with and with what is
 * desired now. One whose launch nobody told of is captured as it is found.
 */
export async function auditRecoveryInstances(audit: InstanceAudit, deps: DriftDeps): Promise<InstanceDrift[]> {
  const { group, serverIds } = audit;
  const began = deps.now().toISOString();
  const { instances: launched } = await deps.running.launches(group, serverIds);
  await leave(launched, began, audit, deps);
  if (launched.size === 0) return [];
  const readAt = deps.now().toISOString();
  const described = await deps.running.describe(group, [...launched.values()]);
  const known = await deps.instances.getMany([...launched.values()]);
  const servers = await deps.servers.getMany([...launched.keys()]);
  const desired = await desiredNow(group, deps);
  return pMap(
    launched,
    async ([serverId, instanceId]) => {
      const subject = subjectOf(group, serverId, instanceId);
      const server = servers.get(serverId);
      const one = { ...audit, subject, readAt, running: described.get(instanceId), desired: server && desired(server) };
      return auditInstance(one, known.get(instanceId) ?? unauditedInstance(subject), deps);
    },
    { concurrency: WRITES_AT_ONCE },
  );
}

function subjectOf({ groupId, accountId, region }: Group, serverId: string, instanceId: string): Subject {
  return { instanceId, kind: 'recovery_instance', serverId, groupId, accountId, region };
}

/** Instances that DRS named before and does not name any more: nothing is known of them from then on, whatever was found last. */
async function leave(
  launched: ReadonlyMap<string, string>,
  readAt: string,
  { group, serverIds, correlationId }: InstanceAudit,
  deps: DriftDeps,
): Promise<void> {
  const left = [...(await deps.instances.getMany(serverIds)).values()].flatMap(
    ({ serverId, recoveryInstanceId: id }) =>
      id === undefined || launched.get(serverId) === id ? [] : [subjectOf(group, serverId, id)],
  );
  const known = await deps.instances.getMany(left.map(({ instanceId }) => instanceId));
  const policy = policyOf(group.driftPolicy, deps.policy);
  for (const subject of left) {
    const { instanceId } = subject;
    if (known.get(instanceId)?.unknown?.code === 'drift.instance_gone') continue;
    const outcome = { code: 'drift.instance_gone', message: `DRS does not name ${instanceId} any more` } as const;
    await settleAudit({ subject, policy, readAt, outcome, correlationId }, deps);
  }
}

interface OneInstance extends InstanceAudit {
  readonly subject: Subject;
  readonly readAt: string;
  readonly running: RunningInstance | undefined;
  readonly desired: LaunchSettings | undefined;
}

async function auditInstance(one: OneInstance, known: InstanceDrift, deps: DriftDeps): Promise<InstanceDrift> {
  const { subject, readAt, running, group, correlationId, actor } = one;
  const policy = policyOf(group.driftPolicy, deps.policy);
  const told = { subject, policy, readAt, correlationId };
  const baseline = await baselineOfInstance(one, known, deps);
  if ('code' in baseline) return (await settleAudit({ ...told, outcome: baseline }, deps)).after;
  if (!one.desired) {
    const outcome = { code: 'drift.not_desired', message: 'what its group states for it is refused' } as const;
    return (await settleAudit({ ...told, outcome }, deps)).after;
  }
  const observed = running?.settings ?? {};
  const desired = desiredOfInstance(one.desired, baseline.settings);
  const { after } = await settleAudit(
    {
      ...told,
      ...(actor !== undefined && { restoredBy: actor }),
      outcome: (before) =>
        judge(
          { desired, baseline: baseline.settings, observed },
          {
            kind: 'recovery_instance',
            policy,
            now: deps.now(),
            earlier: before.differences,
            actorOf: () => actor ?? null,
          },
        ),
    },
    deps,
  );
  return after;
}

async function baselineOfInstance(
  { subject, running, group, readAt }: OneInstance,
  { instanceId, baselineVersion: version }: InstanceDrift,
  deps: DriftDeps,
): Promise<Baseline | DriftUnknown> {
  // EC2 shows an instance a moment after DRS names it. One that was captured was shown before.
  if (!running && version === 0) return { code: 'drift.stale_read', message: `EC2 does not show ${instanceId} yet` };
  if (!running || ENDED.has(running.state)) return gone(instanceId, running?.state);
  const found = version === 0 ? undefined : (await deps.baselines.get([{ instanceId, version }])).get(instanceId);
  if (found && isOfThisRecipe(found)) return found;
  if (found) {
    await capture({ ...found, version: version + 1 }, subject, deps);
    return { code: 'drift.hash_version', message: `its baseline was fingerprinted by recipe ${found.hashVersion}` };
  }
  return captureLaunch({ subject, running, group, readAt, version: version + 1 }, deps);
}

function gone(instanceId: string, state: string | undefined): DriftUnknown {
  const message = state === undefined ? `EC2 knows no ${instanceId}` : `${instanceId} is ${state}`;
  return { code: 'drift.instance_gone', message };
}

/** What an instance runs with is its golden configuration from its launch on. */
async function captureLaunch(
  {
    subject,
    running,
    group: { generation, inherits },
    readAt: capturedAt,
    version,
  }: Pick<OneInstance, 'subject' | 'group' | 'readAt'> & {
    readonly running: RunningInstance;
    readonly version: number;
  },
  deps: DriftDeps,
): Promise<Baseline | DriftUnknown> {
  const { instanceId } = subject;
  const { settings, networkInterfaceIds } = running;
  const configRevision = inherits?.revision ?? 0;
  const baseline = await capture(
    { instanceId, version, capturedAt, configRevision, generation, settings },
    subject,
    deps,
  );
  if (!baseline) return { code: 'drift.changed_meanwhile', message: 'another audit captured it at the same time' };
  await Promise.all(networkInterfaceIds.map((id) => deps.owners.note(id, instanceId)));
  const { serverId } = subject;
  const ofServer = { ...subject, instanceId: serverId, kind: 'source_server' } as const;
  await changeInstance(
    ofServer,
    (found) => (found.recoveryInstanceId === instanceId ? undefined : { ...found, recoveryInstanceId: instanceId }),
    deps,
  );
  return baseline;
}

/**
 * Whoever claims the next version captures it, so that no two audits judge by different baselines of one version. Undefined where
 * somebody else did. One that was claimed and not captured is captured as the next version by the next audit.
 */
async function capture(
  captured: Parameters<typeof baselineOf>[0],
  subject: Subject,
  deps: DriftDeps,
): Promise<Baseline | undefined> {
  const baseline = baselineOf(captured);
  const { instanceId, version, capturedAt: at } = baseline;
  let claimed = false;
  await changeInstance(
    subject,
    (found) => {
      claimed = found.baselineVersion === version - 1;
      return claimed ? { ...found, baselineVersion: version } : undefined;
    },
    deps,
  );
  if (!claimed) return undefined;
  await deps.baselines.capture(baseline);
  const detail = `baseline ${version}`;
  await deps.history.add(instanceId, {
    at,
    verdict: 'unknown',
    score: null,
    keys: [],
    actor: null,
    event: 'baseline',
    detail,
  });
  return baseline;
}
