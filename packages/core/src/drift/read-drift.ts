import type {
  InstanceDriftSummary,
  InstanceDrift as InstanceDriftView,
  ListInstanceDriftResponse,
} from '@prelaunch/contracts/operations/drift';
import { together } from '../group/all-groups.ts';
import type { Group } from '../group/group.ts';
import { isDefined } from '../group/group.ts';
import { getGroup, getServer } from '../group/ports.ts';
import type { DriftDeps } from './audit-deps.ts';
import type { Baseline } from './baseline.ts';
import { InstanceNotFoundError } from './drift-errors.ts';
import { flappingOf } from './flapping.ts';
import { type InstanceDrift, unauditedInstance } from './instance-drift.ts';

type ReadDeps = Pick<DriftDeps, 'instances' | 'baselines' | 'history' | 'servers' | 'groups'>;

const HISTORY_SHOWN = 50;

/** What is known of an instance; a member of a group that nobody audited yet is known too. */
export async function knownInstance(
  instanceId: string,
  deps: Pick<ReadDeps, 'instances' | 'servers' | 'groups'>,
): Promise<InstanceDrift | undefined> {
  const found = (await deps.instances.getMany([instanceId])).get(instanceId);
  const server = await getServer(deps.servers, found?.serverId ?? instanceId);
  if (found && server?.groupId === found.groupId) return found;
  const group = server?.groupId === undefined ? undefined : await getGroup(deps.groups, server.groupId);
  if (!isDefined(group)) return undefined;
  const { groupId, accountId, region } = group;
  // What was found for another group says nothing of this one.
  const { kind = 'source_server', serverId = instanceId } = found ?? {};
  return unauditedInstance({ instanceId, kind, serverId, groupId, accountId, region });
}

/** All that is known of the drift of an instance. Throws `InstanceNotFoundError`. */
export async function readDrift(instanceId: string, deps: ReadDeps): Promise<InstanceDriftView> {
  const drift = await knownInstance(instanceId, deps);
  if (!drift) throw new InstanceNotFoundError(instanceId);
  const server = await getServer(deps.servers, drift.serverId);
  const version = drift.kind === 'source_server' ? (server?.baselineVersion ?? 0) : drift.baselineVersion;
  const baselines = version === 0 ? undefined : await deps.baselines.get([{ instanceId, version }]);
  const history = await deps.history.newest(instanceId, HISTORY_SHOWN);
  return driftView(drift, baselines?.get(instanceId), history);
}

function driftView(
  drift: InstanceDrift,
  captured: Baseline | undefined,
  history: InstanceDriftView['history'],
): InstanceDriftView {
  const { instanceId, kind, serverId, groupId, verdict, score, differences, notes, looks, remediation } = drift;
  const { share, writers } = flappingOf(looks, drift.flapping);
  return {
    ...{ instanceId, kind, serverId, groupId, verdict, remediation, history },
    baseline: captured ? baselineView(captured) : null,
    recoveryInstanceId: drift.recoveryInstanceId ?? null,
    unknown: drift.unknown ?? null,
    ...score,
    differences: [...differences],
    notes: [...notes],
    auditedAt: drift.auditedAt ?? null,
    flapping: { isFlapping: drift.flapping, share, audits: looks.length, writers: [...writers] },
  };
}

function baselineView({ instanceId: _same, ...baseline }: Baseline): InstanceDriftView['baseline'] {
  return baseline;
}

export interface ListQuery {
  /** Without it, of all groups. */
  readonly groupId?: string | undefined;
  readonly minScore: number;
  readonly limit: number;
  /** How many of the list were shown before. */
  readonly from: number;
  readonly isVisible: (group: Group) => boolean;
}

/** Instances by score, the highest first, of those groups that the caller may see. Looks at every instance that was ever audited. */
export async function listDrift(
  query: ListQuery,
  deps: Pick<ReadDeps, 'instances' | 'groups'>,
): Promise<{ readonly instances: ListInstanceDriftResponse['instances']; readonly next?: number }> {
  const found: InstanceDrift[] = [];
  const visible = new Map<string, boolean>();
  for await (const ids of together(deps.instances.listIds(), 100)) {
    const page = [...(await deps.instances.getMany(ids)).values()].filter((one) => isAskedFor(one, query));
    await lookUp(page, visible, query, deps);
    found.push(...page.filter(({ groupId }) => visible.get(groupId) === true));
  }
  const sorted = found.sort(byScore);
  const { from, limit } = query;
  const instances = sorted.slice(from, from + limit).map(summaryOf);
  return { instances, ...(sorted.length > from + limit && { next: from + limit }) };
}

function isAskedFor({ groupId, score: { score } }: InstanceDrift, query: ListQuery): boolean {
  return (query.groupId === undefined || query.groupId === groupId) && (score ?? 0) >= query.minScore;
}

/** Of each group once, however many of its instances there are. */
async function lookUp(
  page: readonly InstanceDrift[],
  visible: Map<string, boolean>,
  { isVisible }: ListQuery,
  { groups }: Pick<ReadDeps, 'groups'>,
): Promise<void> {
  const unknown = [...new Set(page.map(({ groupId }) => groupId))].filter((id) => !visible.has(id));
  const found = await groups.getMany(unknown);
  for (const id of unknown) {
    const group = found.get(id);
    visible.set(id, isDefined(group) && isVisible(group));
  }
}

/** What could not be told comes last; of equals, by id, so that pages hang together. */
function byScore(one: InstanceDrift, other: InstanceDrift): number {
  const difference = (other.score.score ?? -1) - (one.score.score ?? -1);
  return difference === 0 ? (one.instanceId < other.instanceId ? -1 : 1) : difference;
}

function summaryOf(drift: InstanceDrift): InstanceDriftSummary {
  const { instanceId, kind, serverId, groupId, verdict, score, differences, flapping, remediation, auditedAt } = drift;
  return {
    ...{ instanceId, kind, serverId, groupId, verdict, flapping },
    score: score.score,
    exceedsThreshold: score.exceedsThreshold,
    keys: differences.map(({ key }) => key),
    remediation: remediation.status,
    auditedAt: auditedAt ?? null,
  };
}
