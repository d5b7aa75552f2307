import { setTimeout as pause } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { Binding, ListBindingsResponse } from '@prelaunch/contracts/operations/bindings';
import {
  Configuration,
  ConfigurationDraft,
  ConfigurationGraph,
  PublishConfigurationResponse,
  PublishPlan,
} from '@prelaunch/contracts/operations/configurations';
import type { z } from 'zod';
import { DEMO_BINDINGS, DEMO_CONFIGURATIONS, type DemoBinding, type DemoConfiguration } from './demo-graph.ts';

/** Asks for an operation and reads its answer. Throws what is refused. */
export type Ask = <Schema extends z.ZodType>(
  request: { readonly operation: string },
  answer: Schema,
) => Promise<z.output<Schema>>;

const LOOK_AGAIN_MS = 50;
const ROLLOUT_MS_MAX = 60_000;

/**
 * Publishes what is missing of the demonstration's graph, as its authors would, and waits until that has come to all groups. What is
 * there stays as it is, whatever it says by now. Answers the ids of what was published.
 */
export async function publishGraph(ask: Ask): Promise<string[]> {
  const { nodes } = await ask({ operation: 'get_configuration_graph' }, ConfigurationGraph);
  const known = new Set(nodes.map(({ configurationId }) => configurationId));
  const missing = DEMO_CONFIGURATIONS.filter(({ configurationId }) => !known.has(configurationId));
  for (const configuration of missing) await publish(configuration, ask);
  await bind(ask);
  const ids = missing.map(({ configurationId }) => configurationId);
  for (const configurationId of ids) await rolledOut(configurationId, ask);
  return ids;
}

async function publish({ configurationId, message, content }: DemoConfiguration, ask: Ask): Promise<void> {
  await ask({ ...named('save_configuration_draft', configurationId), ...content }, ConfigurationDraft);
  const { planHash } = await ask(named('plan_configuration_publish', configurationId), PublishPlan);
  const agreed = { ...named('publish_configuration', configurationId), planHash, message };
  await ask(agreed, PublishConfigurationResponse);
}

async function bind(ask: Ask): Promise<void> {
  const { bindings } = await ask({ operation: 'list_bindings' }, ListBindingsResponse);
  const isThere = ({ subject, priority }: DemoBinding) =>
    bindings.some((binding) => binding.priority === priority && isDeepStrictEqual(binding.subject, subject));
  for (const binding of DEMO_BINDINGS.filter((one) => !isThere(one)))
    await ask({ operation: 'create_binding', ...binding }, Binding);
}

/** A rollout that stands still is for the sweep, and nobody waits for it here. */
async function rolledOut(configurationId: string, ask: Ask): Promise<void> {
  const end = performance.now() + ROLLOUT_MS_MAX;
  while (performance.now() < end) {
    const { rollout } = await ask(named('get_configuration', configurationId), Configuration);
    if (rollout === null) return;
    await pause(LOOK_AGAIN_MS);
  }
}

function named(operation: string, configurationId: string) {
  return { operation, configurationId };
}
