import { benchProgram } from '@prelaunch/local/bench/bench-program';
import { resolveBench } from './resolve-bench.ts';

const program = benchProgram().addCommand(resolveBench());
const isAskedNothing = process.argv.length === 2;
if (isAskedNothing) program.outputHelp();
else await program.parseAsync();
