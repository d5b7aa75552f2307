import type { Topology } from '@prelaunch/topology/shape';
import { wiring } from '@prelaunch/topology/topology';
import { createAliases } from './aliases.ts';
import { createBus } from './bus.ts';
import { createFunctions } from './functions.ts';
import { readHome } from './home.ts';
import { createMappings } from './mappings.ts';
import { createQueues } from './queues.ts';
import { createRules } from './rules.ts';
import { createSchedules } from './schedules.ts';
import { createTables } from './tables.ts';
import { createTopics } from './topics.ts';

/** Renders a topology on AWS, Prelaunch's unless another is given. Each part walks its share of the topology; none of them decides what exists. */
export function deployPrelaunch(stage: string, topology: Topology = wiring) {
  const home = readHome();
  const tables = createTables(topology.tables, stage);
  const queues = createQueues(topology.queues, stage);
  const topics = createTopics(topology.topics, stage, home);
  const bus = createBus(stage);
  const functions = createFunctions(topology, { stage, home, tables, queues, bus });
  createAliases(topology.functions, functions);
  createRules(topology.rules, { stage, bus, queues, topics });
  createMappings(topology.mappings, { queues, functions });
  createSchedules(topology.schedules, { stage, home, queues, functions });
  return { bus: bus.name };
}
