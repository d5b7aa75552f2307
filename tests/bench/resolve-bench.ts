import { type BenchOptions, benchCommand } from '@prelaunch/local/bench/bench-command';
import { wholeNumber } from '@prelaunch/local/demo/number-arguments';
import { seededDraws } from '@prelaunch/local/simulator/seeded-random';
import { bigGraph, type Draw } from './big-graph.ts';
import { measurePlan } from './measure-plan.ts';
import { resolvesPerSecond } from './measure-resolve.ts';

const CONFIGURATIONS = 500;
const SERVERS = 10_000;
const SERVERS_MAX = 100_000;

interface ResolveBenchOptions extends BenchOptions {
  readonly servers: number;
}

/** `bench resolve`: how fast effective settings are resolved, and how long a publish plan over many servers takes. */
export function resolveBench() {
  return benchCommand('resolve')
    .description('Effective settings a second on one core, and how long a publish plan takes.')
    .option('--servers <count>', 'servers that the plan is about', wholeNumber(1, SERVERS_MAX), SERVERS)
    .action(run);
}

async function run({ json, profile, seed, servers }: ResolveBenchOptions): Promise<void> {
  const draw: Draw = (below, ...words) => Math.floor(seededDraws(seed, words.join(' '))[0] * below);
  const graph = bigGraph(CONFIGURATIONS, draw);
  const perSecond = resolvesPerSecond(graph, draw);
  const plan = await measurePlan(graph, draw, { servers, profile, seed });
  if (json) console.log(JSON.stringify({ resolvesPerSecond: perSecond, ...plan }));
  else for (const line of linesOf(perSecond, plan)) console.log(line);
}

function linesOf(perSecond: number, plan: Awaited<ReturnType<typeof measurePlan>>): string[] {
  const { planServers, planMs, changedServers, catalogueReads } = plan;
  return [
    `${CONFIGURATIONS} configurations, 8 deep: ${perSecond} effective settings a second on one core, each with provenance and hash`,
    `Publish plan over ${planServers} servers, ${changedServers} of them changing: ${planMs} ms, ${catalogueReads} read of the catalogue`,
  ];
}
