import { Command, InvalidArgumentError, Option } from 'commander';
import { LATENCY_PROFILES, type LatencyProfileName } from '../simulator/latency-profiles.ts';
import { wholeNumber } from './number-arguments.ts';

export interface DemoOptions {
  /** Servers in the demonstration's group; half as many again stay free. */
  readonly servers: number;
  readonly profile: LatencyProfileName;
  readonly port: number;
  readonly apiPort?: number;
  readonly seed: number;
  readonly data?: string;
  readonly json?: boolean;
}

export const SERVERS_MAX = 3000;
const ANY_PORT = 0;

/** The options that `npm start` and `npm run demo` share. `port` and `apiPort` are what they listen on by default. */
export function demoCommand(name: string, description: string, port: number, apiPort = ANY_PORT): Command {
  return new Command(name)
    .description(description)
    .addOption(
      new Option('--servers <count>', `source servers in the group, 1 to ${SERVERS_MAX}; half as many again stay free`)
        .default(100)
        .argParser(wholeNumber(1, SERVERS_MAX)),
    )
    .addOption(
      new Option('--profile <name>', 'how fast simulated AWS answers')
        .default('typical')
        .choices(Object.keys(LATENCY_PROFILES)),
    )
    .addOption(new Option('--port <number>', '0 takes any free port').default(port).argParser(wholeNumber(0, 65_535)))
    .addOption(
      new Option('--api-port <number>', 'port of the API; 0 takes any free port')
        .default(apiPort)
        .argParser(wholeNumber(0, 65_535)),
    )
    .addOption(
      new Option('--seed <number>', 'seed of the fleet and of all latencies')
        .default(1)
        .argParser(wholeNumber(0, 2 ** 31)),
    )
    .addOption(new Option('--data <directory>', 'keep the tables here instead of in memory').argParser(directory))
    .allowExcessArguments(false);
}

function directory(text: string): string {
  if (text.trim() !== '') return text;
  throw new InvalidArgumentError('Allowed is the name of a directory.');
}
