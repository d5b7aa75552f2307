import type { LatencyProfileName } from '../simulator/latency-profiles.ts';
import type { ApplyRow } from './apply-row.ts';

const COLUMNS: readonly { readonly title: string; readonly cell: (row: ApplyRow) => string }[] = [
  { title: 'servers', cell: ({ servers }) => String(servers) },
  { title: 'ready', cell: ({ ready }) => String(ready) },
  { title: 'failed', cell: ({ failed }) => String(failed) },
  { title: 'event to status', cell: ({ ms }) => seconds(ms) },
  { title: '   floor', cell: ({ floorMs }) => seconds(floorMs) },
  { title: 'ratio', cell: ({ ratioToFloor }) => ratioToFloor?.toFixed(2) ?? '-' },
  { title: 'reads/server', cell: ({ awsCalls, servers }) => (awsCalls.reads / servers).toFixed(2) },
  { title: 'writes/server', cell: ({ awsCalls, servers }) => (awsCalls.writes / servers).toFixed(2) },
  { title: 'throttled', cell: ({ throttled }) => String(throttled) },
  { title: '| again', cell: ({ again }) => (again ? seconds(again.ms) : '-') },
  { title: 'reads/server', cell: ({ again, servers }) => (again ? (again.reads / servers).toFixed(2) : '-') },
  { title: 'writes', cell: ({ again }) => String(again?.writes ?? '-') },
];

/** Says what is measured, and heads the columns. */
export function headerLines(profile: LatencyProfileName, seed: number): string[] {
  return [
    `Simulated AWS, profile ${profile}, seed ${seed}. Each row has a runtime of its own, with all environments warmed up and a`,
    'group of another Region applied before the clock starts. Calls are of DRS and EC2. "again" is a forced second apply.',
    '',
    COLUMNS.map(({ title }) => title).join('  '),
  ];
}

export function rowLine(row: ApplyRow): string {
  return COLUMNS.map(({ title, cell }) => cell(row).padStart(title.length)).join('  ');
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(2)} s`;
}
