import type { Problem } from '../settings/problems.ts';
import type { Candidate } from './target-problems.ts';

/** Of a group's servers, those that ask for an address another of them asks for in the same subnet: by server id, what is wrong. */
export function duplicateAddresses(candidates: readonly Candidate[]): Map<string, Problem> {
  const byAddress = Map.groupBy(
    candidates.filter(({ settings }) => settings.privateIpAddress),
    ({ settings }) => `${settings.subnetId} ${settings.privateIpAddress}`,
  );
  const shared = [...byAddress.values()].filter((users) => users.length > 1);
  return new Map(shared.flatMap((users) => users.map((user) => [user.serverId, problemOf(user, users)] as const)));
}

function problemOf({ serverId, settings, statedAt }: Candidate, users: readonly Candidate[]): Problem {
  const path = `${statedAt('privateIpAddress')}.privateIpAddress`;
  const other = users.find((user) => user.serverId !== serverId)?.serverId;
  const allowed = 'an address that no other server of the group has in its subnet';
  const message = `${path} must be ${allowed}; ${other} has it too`;
  return { code: 'settings.duplicate_address', message, path, value: settings.privateIpAddress, allowed };
}
