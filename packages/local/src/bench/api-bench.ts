import { type Command, Option } from 'commander';
import { wholeNumber } from '../demo/number-arguments.ts';
import { type BenchOptions, benchCommand } from './bench-command.ts';
import { type ApiFigures, type ApiMeasurement, measureApi } from './measure-api.ts';

/** `bench api`: how fast the status is read over HTTP, and how long the function behind it takes to start. */
export function apiBench(): Command {
  return benchCommand('api')
    .description('Status reads over HTTP at a steady rate, and the cold start of the API function.')
    .addOption(new Option('--servers <count>', 'servers in the group').default(10).argParser(wholeNumber(1, 500)))
    .addOption(
      new Option('--requests-per-second <count>', 'requests a second').default(200).argParser(wholeNumber(1, 2000)),
    )
    .addOption(new Option('--seconds <count>', 'how long').default(30).argParser(wholeNumber(1, 600)))
    .action(run);
}

async function run({ json, ...options }: ApiMeasurement & BenchOptions): Promise<void> {
  const figures = await measureApi(options);
  if (json) console.log(JSON.stringify(figures));
  else for (const line of linesOf(figures, options)) console.log(line);
  if (figures.statusRead.failed > 0) process.exitCode = 1;
}

function linesOf({ coldStart, statusRead }: ApiFigures, { servers, requestsPerSecond }: ApiMeasurement): string[] {
  const { requests, failed, p50Ms, p99Ms, maxMs } = statusRead;
  return [
    `Status of ${servers} servers over HTTP with a token, ${requestsPerSecond} requests a second:`,
    `  ${requests} requests, ${failed} failed; p50 ${p50Ms.toFixed(1)} ms, p99 ${p99Ms.toFixed(1)} ms, longest ${maxMs.toFixed(0)} ms`,
    'Cold start of the API function:',
    `  ${(coldStart.bundleBytes / 1e6).toFixed(1)} MB loaded, ${coldStart.initMs} ms from the start of a process`,
  ];
}
