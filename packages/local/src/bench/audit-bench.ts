import { rm } from 'node:fs/promises';
import { type Command, Option } from 'commander';
import { SERVERS_MAX } from '../demo/demo-options.ts';
import { wholeNumbers } from '../demo/number-arguments.ts';
import type { AuditRow } from './audit-row.ts';
import { auditHeaderLines, auditRowLine } from './audit-table.ts';
import { type BenchOptions, benchCommand } from './bench-command.ts';
import { measureAudit } from './measure-audit.ts';

interface AuditBenchOptions extends BenchOptions {
  readonly servers: readonly number[];
}

/** `bench audit`: how long an audit of a group takes, beside the least time that is possible, and what it finds and does not. */
export function auditBench(): Command {
  return benchCommand('audit')
    .description('Audits of a group: untouched, with edits one by one, and with one edit on every server.')
    .addOption(
      new Option('--servers <counts>', `group sizes, 1 to ${SERVERS_MAX} each, with commas between them`)
        .default([1000], '1000')
        .argParser(wholeNumbers(1, SERVERS_MAX)),
    )
    .action(run);
}

async function run({ servers: sizes, profile, seed, json }: AuditBenchOptions): Promise<void> {
  const tell = json ? console.error : console.log;
  for (const line of auditHeaderLines(profile, seed)) tell(line);
  const rows: AuditRow[] = [];
  for (const servers of sizes) {
    const { row, logDirectory } = await measureAudit({ servers, profile, seed });
    tell(auditRowLine(row));
    rows.push(row);
    await rm(logDirectory, { recursive: true });
  }
  const falsePositives = rows.reduce((sum, row) => sum + row.falsePositives, 0);
  const missed = rows.reduce((sum, row) => sum + row.missed, 0);
  if (json) console.log(JSON.stringify({ rows, falsePositives, missed }));
  if (falsePositives > 0 || missed > 0) process.exitCode = 1;
}
