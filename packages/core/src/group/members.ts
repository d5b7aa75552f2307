import type { StatedGroup } from './define-group.ts';
import type { Group } from './group.ts';
import { InvalidDefinitionError } from './group-errors.ts';

/** The group with more members, and with settings of their own for some of those. */
export function withServers(
  group: Group,
  {
    serverIds,
    serverOverrides = {},
  }: { readonly serverIds: readonly string[]; readonly serverOverrides?: object | undefined },
): StatedGroup {
  const added = new Set(serverIds);
  const strangers = Object.keys(serverOverrides).filter((id) => !added.has(id));
  refuse(strangers, {
    code: 'group.override_of_stranger',
    path: 'serverOverrides',
    allowed: 'ids that are in serverIds',
  });
  return {
    serverIds: [...new Set([...group.serverIds, ...serverIds])],
    serverOverrides: { ...group.serverOverrides, ...serverOverrides },
  };
}

/** The group without some of its members. Ids that are none are refused: a slip would leave in the group who was meant to go. */
export function withoutServers(group: Group, serverIds: readonly string[]): StatedGroup {
  const members = new Set(group.serverIds);
  const strangers = serverIds.filter((id) => !members.has(id));
  refuse(strangers, { code: 'group.not_member', path: 'serverIds', allowed: 'ids of servers that are in the group' });
  const gone = new Set(serverIds);
  return {
    serverIds: group.serverIds.filter((id) => !gone.has(id)),
    serverOverrides: Object.fromEntries(Object.entries(group.serverOverrides).filter(([id]) => !gone.has(id))),
  };
}

const TOLD_MAX = 20;

function refuse(
  ids: readonly string[],
  { code, path, allowed }: { code: 'group.not_member' | 'group.override_of_stranger'; path: string; allowed: string },
): void {
  const [first, ...others] = ids
    .slice(0, TOLD_MAX)
    .map((value) => ({ code, message: `${path}: ${value} is not among the ${allowed}`, path, value, allowed }));
  if (first) throw new InvalidDefinitionError([first, ...others]);
}
