import { ChangedGroup } from '@prelaunch/contracts/events';
import type { Inherited } from '../settings/effective-settings.ts';
import { type Problem, problemsOf } from '../settings/problems.ts';
import { definitionWith, type StatedGroup } from './define-group.ts';
import type { Group } from './group.ts';
import { InvalidDefinitionError } from './group-errors.ts';
import { memberSettings } from './member-settings.ts';
import { overrideOfStranger } from './override-of-stranger.ts';

const PROBLEMS_MAX = 20;

/** What a group inherits before a change and after it. */
export interface InheritedBy {
  readonly earlier: Inherited;
  readonly now: Inherited;
}

/**
 * Refuses settings that no server could ever have, overrides for servers that are not in the group, and a group that has grown
 * too large. Upstream systems get the same judgement per server when their event is planned; whoever asks for an operation gets
 * it at once. What was wrong before shows in the group's status, and keeps nobody from changing something else.
 */
export function refuseInvalidDefinition(before: Group, stated: StatedGroup, { earlier, now }: InheritedBy): void {
  const definition = definitionWith(before, stated);
  const known = new Set(settingProblems(definitionWith(before, {}), earlier).map(identityOf));
  const added = settingProblems(definition, now).filter((problem) => !known.has(identityOf(problem)));
  const [first, ...others] = [...added.slice(0, PROBLEMS_MAX), ...sizeProblems(definition)];
  if (first) throw new InvalidDefinitionError([first, ...others]);
}

function settingProblems(definition: ChangedGroup, inherited: Inherited): Problem[] {
  const { serverIds, launchConfig, serverOverrides = {} } = definition;
  const effective = memberSettings({ launchConfig, serverOverrides }, inherited);
  const members = new Set(serverIds);
  const overrides = Object.entries(serverOverrides);
  const found = [
    ...overrides.filter(([id]) => !members.has(id)).map(([id]) => overrideOfStranger(id)),
    ...effective('').problems,
    ...overrides.flatMap(([id]) => effective(id).problems),
  ];
  return [...new Map(found.map((problem) => [identityOf(problem), problem])).values()];
}

function identityOf({ code, path, message }: Problem): string {
  return JSON.stringify([code, path, message]);
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
