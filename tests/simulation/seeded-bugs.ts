import type { LaunchConfiguration, TemplateVersion } from '@prelaunch/core/apply/ports';
import type { Group } from '@prelaunch/core/group/group';
import type { SourceServer } from '@prelaunch/core/group/source-server';
import type { Faults } from './faults.ts';
import type { Scenario } from './scenario.ts';
import type { Task } from './scheduler.ts';
import type { Variant } from './simulate.ts';
import type { Deps, Stores } from './world.ts';

/** A mistake that somebody could make, and the invariants by which it must be noticed. */
export interface SeededBug {
  readonly mistake: string;
  readonly noticedAs: RegExp;
  readonly variant: Variant;
  /** What has to go wrong for the mistake to matter, where that is rare otherwise. */
  readonly faults?: Partial<Faults>;
  /** Where it takes other scenarios than those that there are of everything. */
  readonly scenarioOf?: (seed: number) => Scenario;
}

export const seededBugs: readonly SeededBug[] = [
  {
    mistake: 'a server store whose save ignores the version',
    noticedAs: /^[1-5]:/,
    variant: {
      storesOf: ({ servers, ...stores }) => {
        const save = async (server: SourceServer) => {
          const stored = (await servers.getMany([server.serverId])).get(server.serverId);
          return servers.save({ ...server, version: stored?.version ?? 0 });
        };
        return { ...stores, servers: { ...servers, save } };
      },
    },
  },
  { mistake: 'a result recorded without read-back', noticedAs: /^1:/, variant: inApply(withoutReadBack) },
  {
    mistake: 'a worker that does not look for the lease of another',
    noticedAs: /^1:/,
    variant: inApply((deps, task) => readingServers(deps, (server) => ownLeaseOnly(server, task))),
  },
  {
    mistake: 'a lease taken without the dirty mark',
    noticedAs: /^1:/,
    variant: inApply((deps) => savingServers(deps, (server) => ({ ...server, dirty: false }))),
  },
  {
    mistake: 'a worker that keeps quiet about having lost its lease',
    noticedAs: /^[13]:/,
    variant: inApply(quietWhenLate),
    faults: { pause: 0.03 },
  },
  { mistake: 'a failed read taken for no settings', noticedAs: /^6:/, variant: inApply(failedReadIsEmpty) },
  {
    mistake: 'a generation noted as planned before its servers are',
    noticedAs: /^[234]:/,
    variant: { depsOf: (deps, task) => (task.kind === 'plan' ? plannedFirst(deps) : deps) },
  },
  {
    mistake: 'a status folded from earlier reads and stored without compare-and-set',
    noticedAs: /^[24]:/,
    faults: { duplicate: 0.3, delay: 0.3, stall: 0.06 },
    variant: { depsOf: (deps, task) => (task.kind === 'aggregate' ? statusOverwritten(deps) : deps) },
  },
  {
    mistake: 'a wave that starts jobs before it stores that it will',
    noticedAs: /^8:/,
    variant: {
      storesOf: ({ waves, ...stores }) => ({
        ...stores,
        waves: {
          get: waves.get,
          save: async (wave) => {
            if (wave.version === 0) return (await waves.get(wave.waveId)) === undefined;
            return waves.save({ ...wave, version: (await waves.get(wave.waveId))?.version ?? 0 });
          },
        },
      }),
    },
  },
  {
    mistake: 'a worker that does not look what was made the default before its own version was',
    noticedAs: /^7:/,
    variant: inApply(heedlessOfNewer),
    faults: { awsEdited: 0.1 },
  },
  {
    mistake: 'a worker that makes its version of what it read, whoever moved the default since',
    noticedAs: /^7:/,
    variant: inApply(trustingItsRead),
    faults: { awsEdited: 0.1 },
  },
  {
    mistake: 'a worker that takes what it made for what EC2 has, without asking for the numbers',
    noticedAs: /^1:/,
    variant: inApply(withoutNumbers),
    faults: { awsSwallowed: 0.1 },
  },
  {
    mistake: 'a worker that uses its permit before it is due',
    noticedAs: /^9:/,
    variant: inApply((deps) => ({
      ...deps,
      budgets: { take: async (...args) => Math.min(await deps.budgets.take(...args), deps.now().getTime()) },
    })),
  },
  {
    mistake: 'a worker that believes an earlier reading about whose a server is',
    noticedAs: /^10:/,
    variant: {
      ...inApply((deps) => readingServers(deps, claimedAsBefore)),
      storesOf: rememberingClaims,
    },
  },
  {
    mistake: 'a worker that writes although the audit log did not take its record',
    noticedAs: /^11:/,
    variant: inApply((deps) => ({
      ...deps,
      audit: { record: (records) => deps.audit.record(records).catch(() => undefined) },
    })),
    faults: { unrecorded: 0.3 },
  },
];

/** Claims as some worker has seen them, whatever became of them. */
const claims = new Map<string, SourceServer>();

function rememberingClaims(stores: Stores): Stores {
  claims.clear();
  const save = async (server: SourceServer) => {
    const saved = await stores.servers.save(server);
    if (saved && server.groupId !== undefined) claims.set(server.serverId, server);
    return saved;
  };
  return { ...stores, servers: { ...stores.servers, save } };
}

function claimedAsBefore(server: SourceServer): SourceServer {
  const claimed = claims.get(server.serverId);
  if (server.groupId !== undefined || claimed === undefined) return server;
  const { lease: _lease, ...rest } = claimed;
  return { ...rest, ...(server.lease && { lease: server.lease }), status: 'pending', version: server.version };
}

function heedlessOfNewer(deps: Deps): Deps {
  const { launchTemplates } = deps;
  const setDefault: Deps['launchTemplates']['setDefault'] = async (target, id, versionNumber) => {
    await launchTemplates.setDefault(target, id, versionNumber);
    return { defaultVersion: versionNumber, latestVersion: versionNumber };
  };
  return { ...deps, launchTemplates: { ...launchTemplates, setDefault } };
}

/** Until it has set the default it takes the one it read first for the one that is. */
function trustingItsRead(deps: Deps): Deps {
  const { launchTemplates } = deps;
  let read: number | undefined;
  return {
    ...deps,
    launchTemplates: {
      ...launchTemplates,
      async getDefault(target, id) {
        const found = await launchTemplates.getDefault(target, id);
        read ??= found.versionNumber;
        return found;
      },
      async getNumbers(target, id) {
        const numbers = await launchTemplates.getNumbers(target, id);
        return { ...numbers, defaultVersion: read ?? numbers.defaultVersion };
      },
      async setDefault(target, id, versionNumber) {
        read = undefined;
        return launchTemplates.setDefault(target, id, versionNumber);
      },
    },
  };
}

/** Once it has set a default, it takes that for the default. */
function withoutNumbers(deps: Deps): Deps {
  const { launchTemplates } = deps;
  let set: number | undefined;
  return {
    ...deps,
    launchTemplates: {
      ...launchTemplates,
      async getNumbers(target, id) {
        if (set === undefined) return launchTemplates.getNumbers(target, id);
        return { defaultVersion: set, latestVersion: set };
      },
      async setDefault(target, id, versionNumber) {
        const numbers = await launchTemplates.setDefault(target, id, versionNumber);
        set = versionNumber;
        return numbers;
      },
    },
  };
}

function inApply(depsOf: (deps: Deps, task: Task) => Deps): Variant {
  return { depsOf: (deps, task) => (task.kind === 'apply' ? depsOf(deps, task) : deps) };
}

function readingServers(deps: Deps, change: (server: SourceServer) => SourceServer): Deps {
  const getMany: Deps['servers']['getMany'] = async (ids) =>
    new Map([...(await deps.servers.getMany(ids))].map(([id, server]) => [id, change(server)]));
  return { ...deps, servers: { ...deps.servers, getMany } };
}

function savingServers(deps: Deps, change: (server: SourceServer) => SourceServer): Deps {
  return { ...deps, servers: { ...deps.servers, save: (server) => deps.servers.save(change(server)) } };
}

function ownLeaseOnly({ lease, ...server }: SourceServer, task: Task): SourceServer {
  return lease?.owner.startsWith(`${task.name}/`) ? { ...server, lease } : server;
}

/** Believes that AWS has what was written, and does not look again. */
function withoutReadBack(deps: Deps): Deps {
  const { launchConfigurations: drs, launchTemplates: templates } = deps;
  let configuration: LaunchConfiguration | undefined;
  let template: TemplateVersion | undefined;
  return {
    ...deps,
    launchConfigurations: {
      get: async (target, id) => configuration ?? drs.get(target, id),
      async update(target, id, changes) {
        const answered = await drs.update(target, id, changes);
        configuration = { ...answered, settings: { ...answered.settings, ...changes } };
        return configuration;
      },
    },
    launchTemplates: {
      ...templates,
      getDefault: async (target, id) => template ?? templates.getDefault(target, id),
      async getNumbers(target, id) {
        if (!template) return templates.getNumbers(target, id);
        return { defaultVersion: template.versionNumber, latestVersion: template.versionNumber };
      },
      async createVersion(target, base, changes, token) {
        template = await templates.createVersion(target, base, changes, token);
        return template;
      },
    },
  };
}

/** Stores nothing about a server whose lease is not this worker's any more. */
function quietWhenLate(deps: Deps, task: Task): Deps {
  const isOwn = async ({ serverId }: SourceServer) => {
    const lease = (await deps.servers.getMany([serverId])).get(serverId)?.lease;
    return lease?.owner.startsWith(`${task.name}/`) ?? false;
  };
  const save: Deps['servers']['save'] = async (server) =>
    server.lease || server.permit || server.status === 'ready' || (await isOwn(server))
      ? deps.servers.save(server)
      : true;
  return { ...deps, servers: { ...deps.servers, save } };
}

function failedReadIsEmpty(deps: Deps): Deps {
  const { launchTemplates } = deps;
  const getDefault: Deps['launchTemplates']['getDefault'] = (target, launchTemplateId) =>
    launchTemplates
      .getDefault(target, launchTemplateId)
      .catch(() => ({ launchTemplateId, versionNumber: 1, settings: {}, content: {} }));
  return { ...deps, launchTemplates: { ...launchTemplates, getDefault } };
}

/** Stores the planned generation as soon as planning looks at the servers. */
function plannedFirst(deps: Deps): Deps {
  let read: Group | undefined;
  const getMany: Deps['groups']['getMany'] = async (ids) => {
    const found = await deps.groups.getMany(ids);
    read = [...found.values()][0];
    return found;
  };
  const getServers: Deps['servers']['getMany'] = async (ids) => {
    if (read && read.plannedGeneration < read.generation)
      await deps.groups.save({ ...read, plannedGeneration: read.generation });
    return deps.servers.getMany(ids);
  };
  return { ...deps, groups: { ...deps.groups, getMany }, servers: { ...deps.servers, getMany: getServers } };
}

function statusOverwritten(deps: Deps): Deps {
  const save: Deps['groups']['save'] = async ({ groupId, launchConfigStatus }) => {
    for (;;) {
      const stored = (await deps.groups.getMany([groupId])).get(groupId);
      if (stored && (await deps.groups.save({ ...stored, launchConfigStatus }))) return true;
    }
  };
  return { ...deps, groups: { ...deps.groups, save } };
}
