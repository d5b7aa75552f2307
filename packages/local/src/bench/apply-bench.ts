import { rm } from 'node:fs/promises';
import { type Command, Option } from 'commander';
import { SERVERS_MAX } from '../demo/demo-options.ts';
import { wholeNumbers } from '../demo/number-arguments.ts';
import { type ApplyRow, isReady } from './apply-row.ts';
import { headerLines, rowLine } from './apply-table.ts';
import { type BenchOptions, benchCommand } from './bench-command.ts';
import { measureApply } from './measure-apply.ts';

interface ApplyBenchOptions extends BenchOptions {
  readonly servers: readonly number[];
}

/** `bench apply`: how long a group takes from its change event to its status, beside the least time that is possible. */
export function applyBench(): Command {
  return benchCommand('apply')
    .description('From the change event of a group to its status "ready", where every setting of every server differs.')
    .addOption(
      new Option('--servers <counts>', `group sizes, 1 to ${SERVERS_MAX} each, with commas between them`)
        .default([10, 100, 300, 1000], '10,100,300,1000')
        .argParser(wholeNumbers(1, SERVERS_MAX)),
    )
    .action(run);
}

async function run({ servers: sizes, profile, seed, json }: ApplyBenchOptions): Promise<void> {
  const tell = json ? console.error : console.log;
  for (const line of headerLines(profile, seed)) tell(line);
  const rows: ApplyRow[] = [];
  for (const servers of sizes) {
    const { row, logDirectory } = await measureApply({ servers, profile, seed });
    tell(rowLine(row));
    rows.push(row);
    if (isReady(row)) await rm(logDirectory, { recursive: true });
    else console.error(`Not ready: ${row.errorCodes.join(', ')}; the logs are in ${logDirectory}`);
  }
  if (json) console.log(JSON.stringify({ rows }));
  if (!rows.every(isReady)) process.exitCode = 1;
}
