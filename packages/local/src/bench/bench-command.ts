import { Command, Option } from 'commander';
import { wholeNumber } from '../demo/number-arguments.ts';
import { LATENCY_PROFILES, type LatencyProfileName } from '../simulator/latency-profiles.ts';

/** What every benchmark is told: figures are quoted with profile and seed. */
export interface BenchOptions {
  readonly profile: LatencyProfileName;
  readonly seed: number;
  readonly json?: boolean;
}

/** A benchmark by its name, with the options that all have. */
export function benchCommand(name: string): Command {
  return new Command(name)
    .addOption(
      new Option('--profile <name>', 'how fast simulated AWS answers')
        .default('typical')
        .choices(Object.keys(LATENCY_PROFILES)),
    )
    .addOption(new Option('--seed <number>', 'seed of all latencies').default(1).argParser(wholeNumber(0, 2 ** 31)))
    .option('--json', 'print one JSON document and nothing else on standard output')
    .allowExcessArguments(false);
}
