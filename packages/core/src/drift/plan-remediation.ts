import type { DriftDifference, InstanceKind, Remediation } from '@prelaunch/contracts/drift';
import { settingsOf } from '../settings/setting-keys.ts';
import type { InstanceChange } from './ports.ts';

export type PlannedKey = Remediation['keys'][number];

/** What an action would do about each key: `planned` where it can be done, and else why not. */
export function planRemediation(
  kind: InstanceKind,
  action: 'rollback' | 'sync',
  differences: readonly DriftDifference[],
): PlannedKey[] {
  return differences.map((difference) => {
    const { key, feasibility, observed: from } = difference;
    const to = action === 'sync' ? difference.desired : difference.baseline;
    const obstacle = obstacleTo(kind, action, difference);
    const planned = { key, feasibility, from, to };
    return obstacle === undefined
      ? { ...planned, result: 'planned' }
      : { ...planned, result: 'not_feasible', reason: obstacle };
  });
}

function obstacleTo(
  kind: InstanceKind,
  action: 'rollback' | 'sync',
  { verdict, feasibility }: DriftDifference,
): string | undefined {
  // Settings of a source server that are not desired would be applied over by the next apply, and never be ready.
  if (kind === 'source_server' && action === 'rollback' && verdict !== 'drifted')
    return 'the configuration has moved on since: sync, adopt, or roll the configuration back';
  // Nobody changed it on the instance: it is as it was launched.
  if (kind === 'recovery_instance' && action === 'rollback' && verdict === 'stale') return 'it is as it was launched';
  switch (feasibility) {
    case 'needs_stop':
      return 'not without stopping the instance';
    case 'needs_launch':
      return 'not without launching the instance anew';
    default:
      return undefined;
  }
}

/** What a running instance is to get for the keys that can be put right. */
export function changeOf(keys: readonly PlannedKey[]): InstanceChange {
  const planned = keys.filter(({ result }) => result === 'planned');
  return settingsOf(planned.map(({ key, to }) => [key, to ?? NOTHING[key] ?? null]));
}

/** Where there being none is not said by null. */
const NOTHING: Readonly<Record<string, unknown>> = { monitoring: { enabled: false }, metadataOptions: {} };
