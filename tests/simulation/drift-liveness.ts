import type { LaunchSettings } from '@prelaunch/contracts/launch-settings';
import type { Group } from '@prelaunch/core/group/group';
import { isReady, type SourceServer } from '@prelaunch/core/group/source-server';
import { keysOf } from '@prelaunch/core/settings/setting-keys';
import { hasSettings } from './expected-settings.ts';
import { expectedIn } from './inheritance-safety.ts';
import { violate, type World } from './world.ts';

/** 24: after everything was audited, and what followed from that is over, what is known of drift is what is so. */
export function checkDrift(world: World): void {
  for (const group of world.groups.values()) {
    if (group.deletedAt !== undefined) continue;
    for (const serverId of group.serverIds) checkServer(world, group, serverId);
  }
}

function checkServer(world: World, group: Group, serverId: string): void {
  const server = world.servers.get(serverId);
  const expected = expectedIn(world, group, serverId);
  if (server?.groupId !== group.groupId || expected.kind !== 'settings') return;
  const problem = problemOf(world, server, expected.settings) ?? toldProblem(world, serverId);
  if (problem) violate(world, `${problem.startsWith('25') ? '' : '24: '}${problem}`);
}

function problemOf(world: World, server: SourceServer, expected: LaunchSettings): string | undefined {
  const { serverId, status } = server;
  const drift = world.drift.instances.get(serverId);
  if (!drift) return `${serverId} was not audited`;
  const { verdict, unknown, differences, remediation, score } = drift;
  if (remediation.status === 'in_progress') return `${serverId} is being put right, and nobody is at it`;
  const live = world.aws.live(serverId);
  const isSo = hasSettings(live, expected);
  if (verdict === 'unknown')
    return isIncomparable(server, unknown?.code)
      ? undefined
      : `${serverId} is ${status}, and its audit cannot tell: ${unknown?.code}`;
  const keys = differences.map(({ key }) => key).sort();
  const differing = differingKeys(expected, live).sort();
  if (keys.join() !== differing.join()) return `${serverId} is said to differ in [${keys}], and does in [${differing}]`;
  if (!isSo && isReady(server)) return `${serverId} is ready, and AWS has other settings`;
  if (isSo && verdict !== 'in_sync') return `${serverId} is said to be ${verdict}`;
  if (isSo && !isReady(server) && !world.mayFail.has(serverId)) return `${serverId} is in sync, and ${status}`;
  if (!isSo && score.exceedsThreshold && remediation.status === 'none') return `nobody dealt with ${serverId}`;
  return undefined;
}

/** It was never applied, since AWS refuses it, or the queue gave it up: then there is nothing to compare it with. */
function isIncomparable({ status, drifted = false }: SourceServer, code: string | undefined): boolean {
  return status === 'failed' && (!drifted || code === 'drift.no_baseline');
}

function differingKeys(expected: LaunchSettings, live: LaunchSettings): string[] {
  const has = new Map(keysOf(live));
  return keysOf(expected).flatMap(([key, value]) => (has.get(key) === value ? [] : [key]));
}

/** 25: what was found was told, and that it is over as well. */
function toldProblem({ drift }: World, serverId: string): string | undefined {
  const known = drift.instances.get(serverId);
  if (known?.untold) return `25: news of ${serverId} is not told`;
  const recorded = drift.recorded.get(serverId) ?? [];
  const untold = recorded.find((text) => !drift.published.has(text));
  if (untold !== undefined) return `25: nobody was told ${untold}`;
  const last = recorded.findLast((text) => !text.includes('Drift Remediated'));
  const isOpen = last?.includes('"Drift Detected"') ?? false;
  const isDrifting = known !== undefined && known.differences.length > 0;
  return isOpen === isDrifting ? undefined : `25: ${serverId} was last told ${isOpen ? 'to differ' : 'to be in sync'}`;
}
