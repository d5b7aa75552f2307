import type { LatencyProfileName } from '../simulator/latency-profiles.ts';
import type { AuditRow } from './audit-row.ts';

/** Says what is measured. */
export function auditHeaderLines(profile: LatencyProfileName, seed: number): string[] {
  return [
    `Simulated AWS, profile ${profile}, seed ${seed}. Each group is ready before the clock starts; the instance types of a quarter`,
    'of its servers were right-sized since, with template versions that Prelaunch did not make.',
    '',
  ];
}

export function auditRowLine(row: AuditRow): string {
  const calls = Object.entries(row.awsCallsByOperation).map(([operation, count]) => `${count} ${operation}`);
  const { edits, medianMs, mostMs } = row.detection;
  return [
    `${row.servers} servers audited in ${seconds(row.ms)}; floor ${seconds(row.floorMs)}, ratio ${row.ratioToFloor.toFixed(2)}`,
    `  AWS calls         ${row.awsCalls}: ${calls.join(', ')}`,
    `  false positives   ${row.falsePositives}`,
    `  detection         ${edits} edits, one by one: median ${seconds(medianMs)}, at most ${seconds(mostMs)}`,
    `  ${row.seededEdits} seeded edits at once: audited after ${seconds(row.floodMs)}, missed ${row.missed}`,
  ].join('\n');
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(2)} s`;
}
