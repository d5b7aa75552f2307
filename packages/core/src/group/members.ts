import type { Problem } from '../settings/problems.ts';
import type { StatedGroup } from './define-group.ts';
import type { Group } from './group.ts';
import { InvalidDefinitionError } from './group-errors.ts';
import { overrideOfStranger } from './override-of-stranger.ts';

interface Added {
  readonly serverIds: readonly string[];
  readonly serverOverrides?: Readonly<Record<string, unknown>> | undefined;
}

/** The group with more members, and with settings of their own for some of those. */
export function withServers(group: Group, { serverIds, serverOverrides = {} }: Added): StatedGroup {
  const added = new Set(serverIds);
  refuse(
    Object.keys(serverOverrides)
      .filter((id) => !added.has(id))
      .map(overrideOfStranger),
  );
  return {
    serverIds: [...new Set([...group.serverIds, ...serverIds])],
    serverOverrides: { ...group.serverOverrides, ...serverOverrides },
  };
}

/** The group without some of its members. Ids that are none are refused: a slip would leave in the group who was meant to go. */
export function withoutServers(group: Group, serverIds: readonly string[]): StatedGroup {
  const members = new Set(group.serverIds);
  refuse(serverIds.flatMap((id, index) => (members.has(id) ? [] : [notMember(id, `serverIds.${index}`)])));
  const gone = new Set(serverIds);
  return { serverIds: group.serverIds.filter((id) => !gone.has(id)) };
}

export function notMember(value: string, path: string): Problem {
  const message = `${path} is not a server of the group`;
  return { code: 'group.not_member', message, path, value, allowed: 'ids of servers that are in the group' };
}

const TOLD_MAX = 20;

function refuse(problems: readonly Problem[]): void {
  const [first, ...others] = problems.slice(0, TOLD_MAX);
  if (first) throw new InvalidDefinitionError([first, ...others]);
}
