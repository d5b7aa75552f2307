import { AwsCallError } from '@prelaunch/core/apply/ports';
import { auditEdit } from '@prelaunch/core/drift/audit-edit';
import { hasProof, isReady, type SourceServer } from '@prelaunch/core/group/source-server';
import { driftScenarioOf } from './drifting.ts';
import type { Scenario } from './scenario.ts';
import type { TaskKind } from './scheduler.ts';
import type { SeededBug } from './seeded-bugs.ts';
import type { Variant } from './simulate.ts';
import type { Deps } from './world.ts';

type DriftDeps = Deps['drift'];

/** Mistakes about drift. */
export const driftBugs: readonly SeededBug[] = (
  [
    {
      mistake: 'an audit that renews with the time after its reads',
      noticedAs: /^23: .* after the reads began/,
      variant: inDrift(['audit'], (deps) => savingServers(deps, (server, before) => renewedNow(server, before, deps))),
    },
    {
      mistake: 'an audit that makes ready who is in sync',
      noticedAs: /^20: .* makes .* ready/,
      variant: inDrift(['audit'], makingReady),
    },
    {
      mistake: 'an audit that takes a failed read for nothing being there',
      noticedAs: /^22: .* after a read that failed/,
      variant: inDrift(['audit'], failedReadIsEmpty),
    },
    {
      mistake: 'an audit that looks at servers only before it reads AWS',
      noticedAs: /^(1|20|22|23|24):/,
      variant: inDrift(['audit'], readingServersOnce),
    },
    {
      mistake: 'an audit that stores what it read over whatever was stored of the server since',
      noticedAs: /^(1|2|3|5|20|23):/,
      variant: inDrift(['audit'], (deps) => ({
        ...deps,
        servers: {
          ...deps.servers,
          save: async (server) => {
            const stored = (await deps.servers.getMany([server.serverId])).get(server.serverId);
            return deps.servers.save({ ...server, version: stored?.version ?? 0 });
          },
        },
      })),
    },
    {
      mistake: 'an audit that judges also who is being applied',
      noticedAs: /^22: .* is being applied/,
      variant: inDrift(['audit'], (deps) => readingServers(deps, asIfFailed)),
    },
    {
      mistake: 'an audit that tells before it records',
      noticedAs: /^25: .* tells/,
      variant: inDrift(['audit'], tellingFirst),
    },
    {
      mistake: 'an audit that forgets what it has to tell when it could not tell it',
      noticedAs: /^25: .* forgets/,
      variant: inDrift(['audit'], (deps) => ({
        ...deps,
        events: { publish: (events) => deps.events.publish(events).catch(() => undefined) },
      })),
      faults: { publish: 0.3 },
    },
    {
      mistake: 'an audit that records what it found without what is to be told of it',
      noticedAs: /^2[45]:/,
      variant: inDrift(['audit'], (deps) => ({
        ...deps,
        instances: {
          ...deps.instances,
          save: ({ untold: _news, ...drift }) => deps.instances.save(drift),
        },
      })),
    },
    {
      mistake: 'a remediation without the books',
      noticedAs: /^26: .* books/,
      variant: inDrift(['remediate'], (deps) => ({
        ...deps,
        ledgers: { get: async () => undefined, save: async () => true },
      })),
    },
    {
      mistake: 'books that two remediations may write at once',
      noticedAs: /^26:/,
      variant: {
        storesOf: ({ records, ...stores }) => {
          const { ledgers } = records;
          const save: typeof ledgers.save = async (ledger) =>
            ledgers.save({ ...ledger, version: (await ledgers.get(ledger.groupId))?.version ?? 0 });
          return { ...stores, records: { ...records, ledgers: { ...ledgers, save } } };
        },
      },
      scenarioOf: movedTogetherScenarioOf,
    },
    {
      mistake: 'a remediation that does not look for recoveries',
      noticedAs: /^26: .* is recovered/,
      variant: inDrift(['remediate'], (deps) => ({
        ...deps,
        running: {
          ...deps.running,
          launches: async (...args) => ({ ...(await deps.running.launches(...args)), underWay: new Set<string>() }),
        },
      })),
      scenarioOf: recoveringScenarioOf,
    },
    {
      mistake: 'own writes audited as those of others',
      noticedAs: /^27:/,
      variant: { useCases: { auditEdit: (call, own, deps) => auditEdit(call, { ...own, sourceIdentity: 'x' }, deps) } },
    },
    {
      mistake: 'an edit that is left alone because somebody audits at about that time',
      noticedAs: /^28:/,
      variant: {
        useCases: {
          auditEdit: (call, own, deps) => {
            const earlier = new Date(Date.parse(call.detail.eventTime) - 10_000).toISOString();
            return auditEdit({ ...call, detail: { ...call.detail, eventTime: earlier } }, own, deps);
          },
        },
      },
    },
    {
      mistake: 'an audit that puts right itself what it finds',
      noticedAs: /^(10|21):/,
      variant: inDrift(['audit'], writingItself),
    },
  ] satisfies SeededBug[]
).map((bug) => ({ scenarioOf: driftScenarioOf, ...bug }));

function inDrift(kinds: readonly TaskKind[], driftOf: (deps: DriftDeps, all: Deps) => DriftDeps): Variant {
  return { depsOf: (deps, { kind }) => (kinds.includes(kind) ? { ...deps, drift: driftOf(deps.drift, deps) } : deps) };
}

/** Where recoveries last. */
function recoveringScenarioOf(seed: number): Scenario {
  const scenario = driftScenarioOf(seed);
  const [serverId = ''] = scenario.servers;
  const recovery = { kind: 'recover', atMs: 20_000, serverId, forMs: 500_000 } as const;
  return { ...scenario, actions: [...scenario.actions.filter(({ kind }) => kind !== 'recover'), recovery] };
}

/** Where all servers are moved at once, and all of them may be put right, some at a time. */
function movedTogetherScenarioOf(seed: number): Scenario {
  const scenario = driftScenarioOf(seed);
  const { servers, actions, drifting } = scenario;
  const sync = { stale: 'sync', drifted: 'sync', diverged: 'sync' } as const;
  const budget = { windowMinutes: 60, maxInstances: 1, maxShare: 1 };
  const moves = servers.map(
    (serverId) => ({ kind: 'move', atMs: 100_000, serverId, settings: { instanceType: 'c7i.large' } }) as const,
  );
  return {
    ...scenario,
    actions: [...actions.filter(({ kind }) => kind !== 'recover' && kind !== 'move'), ...moves],
    ...(drifting && {
      drifting: {
        policy: { ...drifting.policy, mode: 'automatic', actions: sync, budget, threshold: 5 },
        trailLost: 0,
      },
    }),
  };
}

type Changed = (server: SourceServer, before: SourceServer | undefined) => SourceServer;

function savingServers(deps: DriftDeps, change: Changed): DriftDeps {
  const read = new Map<string, SourceServer>();
  return {
    ...deps,
    servers: {
      async getMany(ids) {
        const found = await deps.servers.getMany(ids);
        for (const [id, server] of found) read.set(id, server);
        return found;
      },
      save: (server) => deps.servers.save(change(server, read.get(server.serverId))),
    },
  };
}

function readingServers(deps: DriftDeps, change: (server: SourceServer) => SourceServer): DriftDeps {
  const getMany: DriftDeps['servers']['getMany'] = async (ids) =>
    new Map([...(await deps.servers.getMany(ids))].map(([id, server]) => [id, change(server)]));
  return { ...deps, servers: { ...deps.servers, getMany } };
}

function asIfFailed({ lease: _held, ...server }: SourceServer): SourceServer {
  const isBusy = server.status === 'pending' || server.dirty;
  return { ...server, dirty: false, ...(isBusy && { status: 'failed' }) };
}

function renewedNow(server: SourceServer, before: SourceServer | undefined, { now }: DriftDeps): SourceServer {
  const { applied } = server;
  if (!applied || applied.verifiedAt === before?.applied?.verifiedAt) return server;
  return { ...server, applied: { ...applied, verifiedAt: now().toISOString() } };
}

/** Whoever is to be applied again is called ready at once. */
function makingReady(deps: DriftDeps): DriftDeps {
  return savingServers(deps, (server, before) =>
    before?.status === 'failed' && server.status === 'pending' && hasProof(server)
      ? { ...server, status: 'ready', errors: [], dirty: false }
      : server,
  );
}

function failedReadIsEmpty(deps: DriftDeps): DriftDeps {
  const { launchConfigurations, launchTemplates } = deps;
  return {
    ...deps,
    launchConfigurations,
    launchTemplates: {
      ...launchTemplates,
      getDefault: (target, launchTemplateId) =>
        launchTemplates.getDefault(target, launchTemplateId).catch((error: unknown) => {
          if (error instanceof AwsCallError && error.awsCode === 'ThrottlingException')
            return { launchTemplateId, versionNumber: 1_000, settings: {}, content: {} };
          throw error;
        }),
    },
  };
}

/** What was read of servers before AWS was read stands for what is read of them after it. */
function readingServersOnce(deps: DriftDeps): DriftDeps {
  const read = new Map<string, SourceServer>();
  let isAwsRead = false;
  return {
    ...deps,
    launchConfigurations: {
      ...deps.launchConfigurations,
      get: (...args) => {
        isAwsRead = true;
        return deps.launchConfigurations.get(...args);
      },
    },
    servers: {
      async getMany(ids) {
        const found = await deps.servers.getMany(ids);
        if (!isAwsRead) for (const [id, server] of found) read.set(id, server);
        // By the version that is stored, so that it is stored over whatever that is.
        return new Map(
          [...found].map(([id, server]) => [id, { ...(read.get(id) ?? server), version: server.version }]),
        );
      },
      save: deps.servers.save,
    },
  };
}

function tellingFirst(deps: DriftDeps): DriftDeps {
  const save: DriftDeps['instances']['save'] = async (drift) => {
    if (drift.untold) await deps.events.publish(drift.untold);
    return deps.instances.save(drift);
  };
  return { ...deps, instances: { ...deps.instances, save } };
}

/** Has it written at once, whoever is at it. */
function writingItself(deps: DriftDeps, all: Deps): DriftDeps {
  const save: DriftDeps['servers']['save'] = async (server) => {
    const { accountId = '', region = '', serverId, desired, drifted } = server;
    if (drifted && !isReady(server) && desired?.settings.copyTags !== undefined)
      await all.launchConfigurations.update({ accountId, region }, serverId, { copyTags: desired.settings.copyTags });
    return deps.servers.save(server);
  };
  return { ...deps, servers: { ...deps.servers, save } };
}
