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

/** Renders the topology on AWS. Each part walks its share of the topology; none of them decides what exists. */
export function deployPrelaunch(stage: string) {
  const home = readHome();
  const tables = createTables(wiring.tables, stage);
  const queues = createQueues(wiring.queues, stage);
  const bus = createBus(stage);
  const functions = createFunctions(wiring, { stage, home, tables, queues, bus });
  createAliases(wiring.functions, functions);
  createRules(wiring.rules, { stage, bus, queues });
  createMappings(wiring.mappings, { queues, functions });
  createSchedules(wiring.schedules, { stage, home, queues, functions });
  return { bus: bus.name };
}
