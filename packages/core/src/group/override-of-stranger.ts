import type { Problem } from '../settings/problems.ts';

/** Settings are stated for a server that is not in the group: the one that they were meant for would run without them. */
export function overrideOfStranger(serverId: string) {
  const path = `serverOverrides.${serverId}`;
  const message = `${path} overrides a server that is not in the group`;
  const allowed = 'ids that are in serverIds';
  return { code: 'group.override_of_stranger', message, path, value: serverId, allowed } as const satisfies Problem;
}
