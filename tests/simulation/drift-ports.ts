import { DEFAULT_DRIFT_POLICY } from '@prelaunch/core/drift/drift-policy';
import { noted } from './configuration-ports.ts';
import { changesInstance, instanceSaved, ledgerSaved } from './drift-safety.ts';
import type { Task } from './scheduler.ts';
import type { Deps, World } from './world.ts';

type Access = <T>(what: string, effect: () => Promise<T>) => Promise<T>;

interface Accesses {
  readonly read: Access;
  readonly write: Access;
  readonly look: Access;
}

type Kept = Pick<
  Deps['drift'],
  'instances' | 'baselines' | 'owners' | 'history' | 'groupAudits' | 'ledgers' | 'running' | 'policy'
>;

/**
 * What is kept of drift and of instances, as one task sees it. Where nobody audits, there is nothing to wait for: so seeds take the
 * way they took before there were audits.
 */
export function driftPorts(world: World, task: Task, { read, write, look }: Accesses): Kept {
  const { instances, running, records } = world.stores;
  const { audits: groupAudits, baselines, owners, history, ledgers } = records;
  const { drifting } = world.scenario;
  if (!drifting)
    return { instances, baselines, owners, history, groupAudits, ledgers, running, policy: DEFAULT_DRIFT_POLICY };
  return {
    policy: drifting.policy,
    instances: {
      // Of none, nobody asks.
      getMany: async (ids) =>
        ids.length === 0 ? new Map() : read(`reads drift of ${ids.map(brief)}`, () => instances.getMany(ids)),
      save: (drift) =>
        write(`stores drift of ${brief(drift.instanceId)} ${drift.verdict} ${drift.remediation.status}`, async () => {
          const saved = await instances.save(drift);
          if (saved) instanceSaved(world, task, drift);
          return noted(world, saved);
        }),
      listIds: instances.listIds,
    },
    baselines: {
      capture: (baseline) =>
        write(`captures baseline ${brief(baseline.instanceId)} ${baseline.version}`, () => baselines.capture(baseline)),
      get: async (refs) =>
        refs.length === 0
          ? new Map()
          : read(`reads baselines of ${refs.map(({ instanceId }) => brief(instanceId))}`, () => baselines.get(refs)),
    },
    owners: {
      ownerOf: (id) => read(`reads the owner of ${id}`, () => owners.ownerOf(id)),
      note: (id, instanceId) => write(`notes the owner of ${id}`, () => owners.note(id, instanceId)),
    },
    history: {
      add: (id, entry) => write(`adds to the history of ${brief(id)}`, () => history.add(id, entry)),
      newest: history.newest,
    },
    groupAudits: {
      get: (id) => read(`reads the audit of ${id}`, () => groupAudits.get(id)),
      put: (audit) => write(`stores the audit of ${audit.groupId}`, () => groupAudits.put(audit)),
    },
    ledgers: {
      get: (id) => read(`reads remediations of ${id}`, () => ledgers.get(id)),
      save: (ledger) =>
        write(`stores remediations of ${ledger.groupId} ${ledger.begun.length}/${ledger.ended.length}`, async () => {
          const saved = await ledgers.save(ledger);
          if (saved) ledgerSaved(world, ledger);
          return noted(world, saved);
        }),
    },
    running: {
      describe: (target, ids) => look('describes instances', () => running.describe(target, ids)),
      launches: (target, ids) => look(`asks for launches of ${ids.map(brief)}`, () => running.launches(target, ids)),
      change: (target, instance, change) =>
        look(`changes ${instance.instanceId}`, () => {
          changesInstance(world, task);
          return running.change(target, instance, change);
        }),
    },
  };
}

function brief(id: string): string {
  return id.replace(/^s-0+/, 's-');
}
