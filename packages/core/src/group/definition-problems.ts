import { ChangedGroup } from '@prelaunch/contracts/events';
import { effectiveSettings } from '../settings/effective-settings.ts';
import { type Problem, problemsOf } from '../settings/problems.ts';
import { definitionWith, type StatedGroup } from './define-group.ts';
import type { Group } from './group.ts';
import { InvalidDefinitionError } from './group-errors.ts';

const PROBLEMS_MAX = 20;

/**
 * Refuses settings that no server could ever have, overrides for servers that are not in the group, and a group that has grown
 * too large. Upstream systems get the same judgement per server when their event is planned; whoever asks for an operation gets
 * it at once.
 */
export function refuseInvalidDefinition(before: Group, stated: StatedGroup): void {
  const definition = definitionWith(before, stated);
  const [first, ...others] = [...settingProblems(definition, stated), ...sizeProblems(definition)];
  if (first) throw new InvalidDefinitionError([first, ...others]);
}

/** Only of what is stated: what was there before shows in the group's status. */
function settingProblems({ serverIds }: ChangedGroup, { launchConfig, serverOverrides }: StatedGroup): Problem[] {
  const group = { at: 'launchConfig', stated: launchConfig ?? undefined };
  const known = new Set(serverIds);
  const overrides = Object.entries(serverOverrides ?? {});
  const found = [
    ...overrides.filter(([id]) => !known.has(id)).map(([id]) => overrideOfStranger(id)),
    ...effectiveSettings(group, { at: '', stated: undefined }).problems,
    ...overrides.flatMap(
      ([id, own]) => effectiveSettings(group, { at: `serverOverrides.${id}`, stated: own }).problems,
    ),
  ];
  const distinct = new Map(found.map((problem) => [`${problem.code} ${problem.path} ${problem.message}`, problem]));
  return [...distinct.values()].slice(0, PROBLEMS_MAX);
}

/** The event that announces a group has bounds of its own. */
function sizeProblems(definition: ChangedGroup): Problem[] {
  const parsed = ChangedGroup.safeParse(definition);
  if (parsed.success) return [];
  const problems = problemsOf(parsed.error, undefined, { code: 'request', schema: ChangedGroup });
  return problems.map(({ path, allowed }) => ({
    code: 'group.too_large',
    message: `${path || 'the group'} would be too large: ${allowed}`,
    path,
    allowed,
  }));
}

function overrideOfStranger(serverId: string): Problem {
  const path = `serverOverrides.${serverId}`;
  const message = `${path} overrides a server that is not in the group`;
  return { code: 'group.override_of_stranger', message, path, value: serverId, allowed: 'ids that are in serverIds' };
}
