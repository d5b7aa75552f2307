import type { LaunchSettings, SettingName } from '@prelaunch/contracts/launch-settings';
import type { StatusError } from '@prelaunch/contracts/status';
import type { Target } from '../apply/ports.ts';
import { DomainError } from '../errors.ts';
import type { EffectiveSettings } from '../settings/effective-settings.ts';
import { sameStatement } from '../settings/normalize-settings.ts';
import type { Problem } from '../settings/problems.ts';
import { statusErrorOf } from '../status/status-error.ts';
import { duplicateAddresses } from '../target/duplicate-addresses.ts';
import { kindsOf, NO_REFERENCES, PART_OF, referencesOf, SETTING_OF } from '../target/references.ts';
import type { Inventory, References, TargetInventory } from '../target/target-inventory.ts';
import { type Candidate, targetProblems } from '../target/target-problems.ts';
import type { Group } from './group.ts';
import { memberSettings } from './member-settings.ts';
import type { Clock } from './ports.ts';
import type { GroupInheritance } from './settle-inheritance.ts';
import { hasProof, isIn, type SourceServer } from './source-server.ts';

/** What a member should have, and everything that speaks against applying it. */
export interface Judgement {
  readonly settings: LaunchSettings;
  readonly errors: readonly StatusError[];
}

export interface JudgeDeps {
  readonly inventory: TargetInventory;
  readonly now: Clock;
}

/** What the target has of what the members refer to, and for each kind that AWS refuses for good to tell of, why. */
interface LookedUp {
  readonly inventory: Inventory;
  readonly refused: ReadonlyMap<keyof References, StatusError>;
}

interface MemberToJudge extends Candidate {
  readonly problems: readonly Problem[];
}

/**
 * Judges the settings of all members of a group before anything is written: by themselves, against what their target account
 * has, and against each other. Members that were read back with the very same settings are not held against the target again, so
 * that looking again at what is there needs nothing but DRS and the templates. Throws when AWS may answer later.
 */
export async function judgeMembers(
  group: Group,
  inheritance: GroupInheritance,
  stored: ReadonlyMap<string, SourceServer>,
  deps: JudgeDeps,
): Promise<(serverId: string) => Judgement> {
  const at = deps.now().toISOString();
  const effective = settingsIn(group, inheritance);
  const members: MemberToJudge[] = group.serverIds.map((serverId) => ({ serverId, ...effective(serverId) }));
  const unproven = new Set(members.filter((member) => !isProven(group, member, stored.get(member.serverId))));
  const lookedUp = await lookUp(group, referencesOf([...unproven]), at, deps);
  const duplicates = duplicateAddresses(members);
  const judged = members.map((member) => {
    const duplicate = duplicates.get(member.serverId);
    const problems = duplicate ? [...member.problems, duplicate] : member.problems;
    const inTarget = unproven.has(member) ? targetErrors(member, lookedUp, at) : [];
    const errors = [...problems.map((problem) => told(problem, member, at)), ...inTarget];
    return [member.serverId, { settings: member.settings, errors }] as const;
  });
  const byId = new Map(judged);
  return (serverId) => byId.get(serverId) ?? { settings: {}, errors: [] };
}

/** Servers for which nothing is stated share what their group comes to. What cannot be inherited is the error of each. */
function settingsIn(group: Group, { inherited, problem }: GroupInheritance): (serverId: string) => EffectiveSettings {
  const effective = memberSettings(group, inherited);
  if (!problem) return effective;
  return (serverId) => {
    const own = effective(serverId);
    return { ...own, problems: [problem, ...own.problems] };
  };
}

/** These settings were read back from this target, so it had what they refer to. */
function isProven(group: Group, { settings }: Candidate, server: SourceServer | undefined): boolean {
  if (!server?.desired || !isIn(server, group) || !hasProof(server)) return false;
  return sameStatement(server.desired.settings, settings);
}

/** What the target says against a member: what it does not have or allow, and what it refuses to tell. */
function targetErrors(member: MemberToJudge, { inventory, refused }: LookedUp, at: string): StatusError[] {
  const pathOf = (setting: SettingName) => `${member.statedAt(setting)}.${setting}`;
  const untold = kindsOf(referencesOf([member])).flatMap((kind) => {
    const error = refused.get(kind);
    return error ? [{ setting: SETTING_OF[kind], error }] : [];
  });
  const refusals = untold.map(({ setting, error }) => ({ path: pathOf(setting), ...error, serverId: member.serverId }));
  const unknown = new Set(untold.map(({ setting }) => pathOf(setting)));
  return [
    ...targetProblems(member, inventory)
      .filter(({ path }) => !unknown.has(path))
      .map((problem) => told(problem, member, at)),
    // An account that cannot be reached is one error, whatever is referred to in it.
    ...new Map(refusals.toReversed().map((refusal) => [refusal.message, refusal])).values(),
  ];
}

function told(problem: Problem, { serverId }: Candidate, at: string): StatusError {
  return { ...problem, serverId, at };
}

const NOTHING: Inventory = {
  subnets: new Map(),
  securityGroups: new Map(),
  instanceProfiles: new Set(),
  instanceTypes: new Set(),
  instances: new Map(),
  sourceMachines: new Map(),
};

/** Each kind by itself: a role that may not ask for one is no reason against settings that do not refer to it. */
async function lookUp(group: Group, references: References, at: string, deps: JudgeDeps): Promise<LookedUp> {
  const target: Target = { accountId: group.accountId, region: group.region };
  const refused = new Map<keyof References, StatusError>();
  const parts = await Promise.all(
    kindsOf(references).map(async (kind): Promise<Partial<Inventory>> => {
      try {
        const found = await deps.inventory.lookUp(target, { ...NO_REFERENCES, [kind]: references[kind] });
        return { [PART_OF[kind]]: found[PART_OF[kind]] };
      } catch (error) {
        if (!(error instanceof DomainError) || error.retryable) throw error;
        refused.set(kind, statusErrorOf(error, 'apply.unexpected', at));
        return {};
      }
    }),
  );
  return { inventory: Object.assign({}, NOTHING, ...parts) as Inventory, refused };
}
