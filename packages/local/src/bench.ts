import { benchProgram } from './bench/bench-program.ts';

const program = benchProgram();
const isAskedNothing = process.argv.length === 2;
if (isAskedNothing) program.outputHelp();
else await program.parseAsync();
