import { Command } from 'commander';
import { apiBench } from './api-bench.ts';
import { applyBench } from './apply-bench.ts';
import { auditBench } from './audit-bench.ts';

/** Every benchmark by its name. */
export function benchProgram(): Command {
  return new Command('bench')
    .description('Measures Prelaunch in the embedded runtime, against simulated AWS.')
    .addCommand(applyBench())
    .addCommand(apiBench())
    .addCommand(auditBench());
}
