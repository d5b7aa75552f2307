import type { CountedCall } from '@prelaunch/local/simulator/call-ledger';
import type { Fault } from '@prelaunch/local/simulator/fault-script';
import type { LaunchTemplateData } from '@prelaunch/local/simulator/state';
import type { Topology } from '@prelaunch/topology/shape';
import { wiring } from '@prelaunch/topology/topology';
import { expect, vi } from 'vitest';
import { addSettingsNetwork, type Pipeline } from '../../support/pipeline.ts';

/** A group's change, without what the site knows of it. */
interface SiteChange {
  readonly revision?: number;
  readonly changeType?: string;
  readonly serverIds?: readonly string[];
  readonly launchConfig?: unknown;
  readonly serverOverrides?: Readonly<Record<string, unknown>>;
}

/** Patience for what comes through queues and leases on a busy machine. */
export const WAIT = { timeout: 60_000, interval: 50 } as const;

/** Every environment is a process; more of them side by side than there are cores only take each other's time. */
const WORKERS = 3;

/** The wiring with other limits of the workers, and with few of them. */
export function wiringWith({
  leaseSeconds = wiring.applyLeaseSeconds,
  batchSize = 10,
  ...limits
}: {
  readonly leaseSeconds?: number;
  readonly batchSize?: number;
  readonly timeoutSeconds?: number;
} = {}): Topology {
  const { functions, mappings } = wiring;
  return {
    ...wiring,
    applyLeaseSeconds: leaseSeconds,
    functions: { ...functions, apply: { ...present(functions.apply), ...limits } },
    mappings: { ...mappings, apply: { ...present(mappings.apply), batchSize, maximumConcurrency: WORKERS } },
  };
}

function present<Part>(part: Part | undefined): Part {
  if (part === undefined) throw new Error('the wiring does not apply');
  return part;
}

export type Site = ReturnType<typeof siteOf>;

/**
 * One scenario's part of a pipeline: a Region that no other scenario has, with servers and a group. Calls, faults and rates there
 * are the scenario's alone, so scenarios run side by side. `name` is of lower-case letters and dashes.
 */
export function siteOf(pipeline: Pipeline, name: string, servers = 1) {
  const { simulator, accountId } = pipeline.runtime;
  const where = { accountId, region: `xx-${name}-1` };
  const groupId = `pg-${name}`;
  addSettingsNetwork(simulator, where);
  const serverIds = simulator.addSourceServers(where, servers);
  const [first = ''] = serverIds;
  const calls = (of: Partial<CountedCall> = {}) => simulator.calls.count({ region: where.region, ...of });
  const change = ({ revision = 1, ...others }: SiteChange) => ({ groupId, ...where, serverIds, revision, ...others });

  return {
    ...where,
    groupId,
    serverIds,
    /** The server that most scenarios are about. */
    first,
    calls,
    change,
    writes: () =>
      ['UpdateLaunchConfiguration', 'CreateLaunchTemplateVersion', 'ModifyLaunchTemplate'].reduce(
        (sum, operation) => sum + calls({ operation }),
        0,
      ),
    publish: (published: SiteChange) => pipeline.publish(change(published)),
    settled: async (revision = 1) => (await pipeline.settled(groupId, revision)).launchConfigStatus,
    forced: () => pipeline.invoke({ operation: 'apply_launch_configs', groupId, force: true }),
    item: (serverId = first) => pipeline.server(serverId),
    /** What goes wrong with the next calls about the first server. */
    fault: (operation: string, fault: Fault, times = 1) =>
      simulator.faults.add({ operation, serverId: first, times, fault }),
    /** How often scripted faults of an operation are still to strike. */
    faultsLeft: (operation: string) =>
      simulator.faults
        .pending()
        .filter((fault) => fault.serverId === first && fault.operation === operation)
        .reduce((sum, { times }) => sum + times, 0),
    live: (serverId = first) => liveOf(pipeline, serverId),
    /** Puts content into the default version of the first server's template, as somebody at the console would. */
    edit: (templateData: (data: LaunchTemplateData) => LaunchTemplateData) =>
      simulator.editElsewhere(first, { templateData }),
  };
}

function liveOf({ runtime }: Pipeline, serverId: string) {
  const template = runtime.simulator.launchTemplateOf(serverId);
  const found = template.versions.find(({ versionNumber }) => versionNumber === template.defaultVersion);
  if (!found) throw new Error(`the template of ${serverId} has no default version`);
  return { ...template, content: found.data };
}

/** So many scenarios of a table run side by side: each mostly waits, but not so many that they wait for each other. */
const AT_ONCE = 12;

/**
 * Runs the scenarios of a table side by side, since each of them waits seconds for a queue or a lease. What came of one is what
 * its own test asks for.
 */
export function atOnce<Scenario, Outcome>(
  scenarios: readonly Scenario[],
  run: (scenario: Scenario) => Promise<Outcome>,
): (scenario: Scenario) => Promise<Outcome> {
  const running: Promise<unknown>[] = [];
  const outcomes = new Map<Scenario, Promise<Outcome>>();
  for (const [index, scenario] of scenarios.entries()) {
    const outcome = (running[index - AT_ONCE] ?? Promise.resolve()).then(() => run(scenario));
    outcomes.set(scenario, outcome);
    running.push(outcome.catch(() => undefined));
  }
  return (scenario) => outcomes.get(scenario) ?? Promise.reject(new Error('this scenario was not begun'));
}

/** Until no message is in these queues or in anybody's hands. */
export async function drained(pipeline: Pipeline, ...queues: readonly string[]): Promise<void> {
  const depths = () => Promise.all(queues.map(pipeline.depth));
  await vi.waitFor(async () => expect(await depths()).toEqual(queues.map(() => 0)), WAIT);
}
