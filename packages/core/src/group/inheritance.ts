import type { ConfigurationRef, VersionRef } from '@prelaunch/contracts/configuration';
import { type Catalogue, EMPTY_CATALOGUE, headOf } from '../configuration/configuration.ts';
import type { ConfigurationStore } from '../configuration/ports.ts';
import type { ConfigurationGraph } from '../configuration/snapshot.ts';
import { ownValue } from '../own-value.ts';
import { type Group, isDefined } from './group.ts';

/** What a generation of a group inherits: fixed before its servers are planned, so that all of them get the same. */
export interface Inherits {
  readonly generation: number;
  readonly configuration: ConfigurationRef;
  /** The binding that says so, where the group does not. */
  readonly bindingId?: string;
  /** The versions that were the newest, 0 where there was none. When they are not any more, the group is behind. */
  readonly followed: readonly VersionRef[];
  /** Of the graph. */
  readonly revision: number;
}

/** `behind`: something newer was published that the group has to get. `held`: it keeps what it has, since a rollout was stopped. */
export type InheritanceState = 'none' | 'current' | 'behind' | 'held';

type Known = Pick<Catalogue, 'heads' | 'rollouts'>;

/**
 * The version of each configuration that a group gets: the newest, unless the rollout of that was stopped and the group has one of
 * those before. A hold keeps groups where they are; nobody else is held back.
 */
export function headsFor(catalogue: Known, followed: readonly VersionRef[]): ConfigurationGraph['heads'] {
  const own = new Map(followed.map(({ configurationId, version }) => [configurationId, version]));
  return (configurationId) => {
    const head = headOf(catalogue, configurationId);
    const kept = own.get(configurationId);
    return kept !== undefined && isHeld(catalogue, { configurationId, version: kept }) ? kept : head;
  };
}

/** The newest, or one that a stopped rollout leaves to groups. */
export function isInForce(catalogue: Known, ref: VersionRef): boolean {
  return headsFor(catalogue, [ref])(ref.configurationId) === ref.version;
}

/** That, or one that groups have as long as a rollout runs, and keep should it be stopped. */
export function mayBeInForce({ heads, rollouts }: Known, { configurationId, version }: VersionRef): boolean {
  if (headOf({ heads }, configurationId) === version) return true;
  return ownValue(rollouts, configurationId)?.previous.includes(version) ?? false;
}

/** The rollouts as they stand should all that run be stopped now. */
export function asIfStopped(rollouts: Known['rollouts']): Known['rollouts'] {
  const stopped = Object.entries(rollouts).map(([id, mark]) => [id, { ...mark, state: 'stopped' as const }]);
  return Object.fromEntries(stopped);
}

/** Any version before the one that was stopped: a group may also have missed one that is said to have come to all. */
function isHeld({ rollouts }: Known, { configurationId, version }: VersionRef): boolean {
  const mark = Object.hasOwn(rollouts, configurationId) ? rollouts[configurationId] : undefined;
  return mark?.state === 'stopped' && version > 0 && version < mark.version;
}

/** What of the followed versions the group has to get another one of. */
export function outdatedIn({ inherits }: Pick<Group, 'inherits'>, catalogue: Known): readonly VersionRef[] {
  const followed = inherits?.followed ?? [];
  const heads = headsFor(catalogue, followed);
  return followed.filter(({ configurationId, version }) => heads(configurationId) !== version);
}

export function inheritanceState({ inherits }: Pick<Group, 'inherits'>, catalogue: Known): InheritanceState {
  if (!inherits) return 'none';
  if (outdatedIn({ inherits }, catalogue).length > 0) return 'behind';
  const isHead = ({ configurationId, version }: VersionRef) => headOf(catalogue, configurationId) === version;
  return inherits.followed.every(isHead) ? 'current' : 'held';
}

/** True when what a group was planned with is outdated: nothing about it may be called ready. */
export function isBehind(group: Group, catalogue: Known): boolean {
  return isDefined(group) && inheritanceState(group, catalogue) === 'behind';
}

/**
 * The group as it stands beside the newest configurations: one that waits for them is pending, whatever was read back of those
 * before.
 */
export function standing(group: Group, catalogue: Known): Group {
  if (!isBehind(group, catalogue)) return group;
  const { launchConfigStatus, changedAt: at } = group;
  const outdated = outdatedIn(group, catalogue);
  const [first] = outdated;
  const error = {
    code: 'configuration.behind',
    message: `${outdated.map(({ configurationId }) => configurationId).join(', ')} was published anew; the group waits for its stage`,
    path: 'configuration',
    ...(first && { value: first.configurationId }),
    remedy: 'wait for the rollout, or apply the group now',
    at,
  };
  return {
    ...group,
    launchConfigStatus: { ...launchConfigStatus, status: 'pending', errors: [error, ...launchConfigStatus.errors] },
  };
}

/** What groups stand beside: read only where one of them follows something of it, else as if nothing had been published. */
export async function catalogueFor(
  groups: readonly Group[],
  { configurations }: { readonly configurations: Pick<ConfigurationStore, 'catalogue'> },
): Promise<Catalogue> {
  return groups.every(followsNothing) ? EMPTY_CATALOGUE : configurations.catalogue();
}

/** Whether it can be told from the group alone how it stands. */
function followsNothing({ inherits }: Group): boolean {
  return (inherits?.followed ?? []).length === 0;
}
