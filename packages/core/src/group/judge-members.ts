import type { LaunchSettings } from '@prelaunch/contracts/launch-settings';
import type { StatusError } from '@prelaunch/contracts/status';
import { DomainError } from '../errors.ts';
import { effectiveSettings } from '../settings/effective-settings.ts';
import type { Problem } from '../settings/problems.ts';
import { statusErrorOf } from '../status/status-error.ts';
import { duplicateAddresses } from '../target/duplicate-addresses.ts';
import { hasReferences, referencesOf } from '../target/references.ts';
import type { Inventory, References, TargetInventory } from '../target/target-inventory.ts';
import { type Candidate, targetProblems } from '../target/target-problems.ts';
import type { Group } from './group.ts';
import type { Clock } from './ports.ts';

/** What a member should have, and everything that speaks against applying it. */
export interface Judgement {
  readonly settings: LaunchSettings;
  readonly errors: readonly StatusError[];
}

export interface JudgeDeps {
  readonly inventory: TargetInventory;
  readonly now: Clock;
}

/** What the target has of what the members refer to; or, where AWS refuses for good to say, why. */
type LookedUp =
  | { readonly kind: 'known'; readonly inventory: Inventory }
  | { readonly kind: 'refused'; readonly error: StatusError };

/**
 * Judges the settings of all members of a group before anything is written: by themselves, against what their target account
 * has, and against each other. Throws when AWS may answer later.
 */
export async function judgeMembers(group: Group, deps: JudgeDeps): Promise<(serverId: string) => Judgement> {
  const at = deps.now().toISOString();
  const members = group.serverIds.map((serverId) => ({ serverId, ...effectiveOf(group, serverId) }));
  const lookedUp = await lookUp(group, referencesOf(members), at, deps);
  const duplicates = duplicateAddresses(members);
  const errorsOf = (member: Candidate & { readonly problems: readonly Problem[] }): StatusError[] => {
    const { serverId } = member;
    const duplicate = duplicates.get(serverId);
    const problems = [...member.problems, ...(duplicate ? [duplicate] : [])];
    const told = (problem: Problem) => ({ ...problem, serverId, at });
    if (lookedUp.kind === 'known') return [...problems, ...targetProblems(member, lookedUp.inventory)].map(told);
    const refused = hasReferences(referencesOf([member])) ? [{ ...lookedUp.error, serverId }] : [];
    return [...problems.map(told), ...refused];
  };
  const judged = new Map(
    members.map((member) => [member.serverId, { settings: member.settings, errors: errorsOf(member) }]),
  );
  return (serverId) => judged.get(serverId) ?? { settings: {}, errors: [] };
}

function effectiveOf(group: Group, serverId: string) {
  return effectiveSettings(
    { at: 'launchConfig', stated: group.launchConfig },
    { at: `serverOverrides.${serverId}`, stated: group.serverOverrides[serverId] },
  );
}

const NOTHING: Inventory = {
  subnets: new Map(),
  securityGroups: new Map(),
  instanceProfiles: new Set(),
  instanceTypes: new Set(),
  instances: new Map(),
  sourceMachines: new Map(),
};

async function lookUp(
  { accountId, region }: Group,
  references: References,
  at: string,
  { inventory }: JudgeDeps,
): Promise<LookedUp> {
  if (!hasReferences(references)) return { kind: 'known', inventory: NOTHING };
  try {
    return { kind: 'known', inventory: await inventory.lookUp({ accountId, region }, references) };
  } catch (error) {
    if (error instanceof DomainError && !error.retryable)
      return { kind: 'refused', error: statusErrorOf(error, 'apply.unexpected', at) };
    throw error;
  }
}
