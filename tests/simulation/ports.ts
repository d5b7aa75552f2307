import { SendFailedError } from '@prelaunch/aws/send-messages';
import { AwsCallError, type TemplateSettings } from '@prelaunch/core/apply/ports';
import { auditReaderOf } from '@prelaunch/core/audit/query-audit';
import type { Group } from '@prelaunch/core/group/group';
import { memoryAuditLog } from '@prelaunch/memory/memory-audit-log';
import type { Described } from '@prelaunch/memory/memory-aws';
import { memoryOnce } from '@prelaunch/memory/memory-once';
import { configurationPorts, noted } from './configuration-ports.ts';
import { waveBegins } from './demand-safety.ts';
import { driftPorts } from './drift-ports.ts';
import { LAG_MS_MAX, readBegins, readFails, readShows, told } from './drift-safety.ts';
import { noteLive } from './drift-world.ts';
import { REFUSED_TYPE } from './expected-settings.ts';
import { type CallKind, drawFault, type Fault, pauseMs } from './faults.ts';
import { readingsOf } from './known-configurations.ts';
import { disturbed, editBesides, inEffect, wroteTemplate } from './others.ts';
import {
  aboutToWrite,
  groupSaved,
  isLate,
  isRecorded,
  recorded,
  serverSaved,
  turnReserved,
  useTurn,
  written,
} from './safety.ts';
import type { Task } from './scheduler.ts';
import { called } from './trail.ts';
import { type Deps, hasWrittenLate, type World } from './world.ts';

/** Where messages and events go; each is a plain call that has its effect at once. */
export interface Outlets {
  readonly send: Deps['queue']['send'];
  readonly publish: Deps['events']['publish'];
}

interface Call<T> {
  readonly kind: CallKind;
  readonly what: string;
  readonly effect: () => Promise<T>;
  /** The server on AWS that the call reads. */
  readonly about?: string;
  /** The server on AWS that the call writes. */
  readonly writes?: string;
  /** What the trail calls such a write. */
  readonly named?: Parameters<typeof called>[1];
  /** What AWS would answer if it had done it. */
  readonly pretence?: () => Promise<T>;
}

/** The twins as one task sees them: each call waits for its turn and may go wrong on the way there or back. */
export function portsOf(world: World, task: Task, outlets: Outlets): Deps {
  const { aws, stores, recovery, scheduler } = world;
  const call = <T>(one: Call<T>): Promise<T> =>
    new Promise((resolve, reject) => {
      if (one.about !== undefined) readBegins(world, task, one.about);
      scheduler.after(latency(world, one.kind), one.what, () => take(world, task, one, { resolve, reject }), task);
    });
  const read = <T>(what: string, effect: () => Promise<T>) => call({ kind: 'store_read', what, effect });
  const write = <T>(what: string, effect: () => Promise<T>) => call({ kind: 'store_write', what, effect });
  const look = <T>(what: string, effect: () => Promise<T>) => call({ kind: 'aws_read', what, effect });
  const serverOf = (templateId: string) => `s-${templateId.slice(3).split('-')[0]}`;
  /** A describe of a template, which may show what was before. */
  const describe = <T>(what: string, id: string, show: (described: Described) => T, effect: () => Promise<T>) =>
    call({
      kind: 'aws_read',
      what: `gets ${what} ${brief(serverOf(id))}`,
      about: serverOf(id),
      effect: async () => {
        const now = world.scheduler.now();
        const { answer, moment } = shown(world, id, show) ?? { answer: await effect(), moment: now };
        readShows(world, task, serverOf(id), 'template', moment);
        return answer;
      },
    });
  const audit: Deps['audit'] = {
    // At once, in no turn of its own, so that seeds take the way they took before there were records.
    async record(records) {
      if (world.records.chance(world.faults().unrecorded)) {
        world.counts.unrecorded += 1;
        throw new SendFailedError(records.length, records.length, 'not now');
      }
      for (const record of records) recorded(world, task, record);
    },
  };
  const kept = driftPorts(world, task, { read, write, look });
  const publish: Outlets['publish'] = async (events) => {
    for (const event of events) told(world, task, event);
    await outlets.publish(events);
  };
  let owners = 0;

  const deps: Omit<Deps, 'drift'> = {
    ...configurationPorts(world, task, { read, write }),
    baselines: kept.baselines,
    owners: kept.owners,
    groups: {
      getMany: (ids) =>
        read(`reads group ${ids}`, async () => {
          const found = await stores.groups.getMany(ids);
          if (world.scenario.configured) noteRead(world, task, found);
          return found;
        }),
      save: (group) =>
        write(`stores group ${group.groupId} g${group.generation} ${group.launchConfigStatus.status}`, async () => {
          const saved = await stores.groups.save(group);
          if (saved) groupSaved(world, task, group);
          return noted(world, saved);
        }),
      async *listIds() {
        for await (const id of stores.groups.listIds()) yield await read(`lists ${id}`, async () => id);
      },
    },
    servers: {
      getMany: (ids) => read(`reads servers ${ids.map(brief)}`, () => stores.servers.getMany(ids)),
      save: (server) =>
        write(`stores ${brief(server.serverId)} ${server.status}${server.dirty ? ' dirty' : ''}`, async () => {
          const saved = await stores.servers.save(server);
          if (saved) serverSaved(world, task, server);
          return noted(world, saved);
        }),
    },
    waves: {
      get: (id) => read(`reads wave ${id}`, () => stores.waves.get(id)),
      save: (wave) =>
        write(`stores wave v${wave.version} ${wave.jobs.map(({ jobId }) => jobId ?? '-')}`, async () => {
          waveBegins(world, task, wave);
          return stores.waves.save(wave);
        }),
    },
    queue: {
      send: (requests) =>
        call({ kind: 'send', what: `queues ${requests.length}`, effect: () => outlets.send(requests) }),
    },
    events: {
      // Of nothing to tell, nobody is told.
      publish: async (events) => {
        if (events.length === 0) return;
        const what = `publishes ${events.map(({ type }) => type)}`;
        await call({ kind: 'send', what, effect: () => publish(events) });
      },
    },
    audit,
    recoveryAudit: audit,
    auditLog: AUDIT_LOG,
    gate: EVERYBODY_MAY,
    once: memoryOnce(),
    launchConfigurations: {
      get: (target, id) =>
        call({
          kind: 'aws_read',
          what: `gets DRS ${brief(id)}`,
          about: id,
          effect: () => {
            readShows(world, task, id, 'drs', scheduler.now());
            return aws.get(target, id);
          },
        }),
      update: (target, id, changes) =>
        call({
          kind: 'aws_write',
          what: `updates DRS ${brief(id)} ${JSON.stringify(changes)}`,
          writes: id,
          named: 'UpdateLaunchConfiguration',
          effect: () => aws.update(target, id, changes),
          pretence: () => aws.get(target, id),
        }),
    },
    launchTemplates: {
      getDefault: (target, id) =>
        describe(
          'template',
          id,
          (one) => one.defaultVersion,
          () => aws.getDefault(target, id),
        ),
      getNumbers: (target, id) =>
        describe(
          'numbers',
          id,
          (one) => one.numbers,
          () => aws.getNumbers(target, id),
        ),
      createVersion: (target, base, changes, token) =>
        call({
          kind: 'aws_write',
          what: `creates version ${brief(serverOf(base.launchTemplateId))} ${JSON.stringify(changes)}`,
          writes: serverOf(base.launchTemplateId),
          named: 'CreateLaunchTemplateVersion',
          effect: () => {
            refuseType(changes);
            useTurn(world, task, serverOf(base.launchTemplateId));
            return aws.createVersion(target, base, changes, token);
          },
        }),
      setDefault: (target, id, version) =>
        call({
          kind: 'aws_write',
          what: `sets default ${brief(serverOf(id))} ${version}`,
          writes: serverOf(id),
          named: 'ModifyLaunchTemplate',
          effect: () => aws.setDefault(target, id, version),
          pretence: async () => ({ defaultVersion: version, latestVersion: version }),
        }),
      // Deleting old versions is not what readiness is about, so it may be done by one that is late.
      prune: (target, id, keep) =>
        look(`prunes ${brief(serverOf(id))}`, () => {
          isRecorded(world, task, serverOf(id));
          return aws.prune(target, id, keep);
        }),
    },
    recovery: {
      start: (target, ids, options) =>
        call({
          kind: 'recovery_start',
          what: `starts ${ids.map(brief)}`,
          effect: () => {
            const [wave = ''] = /^[^/]*\/[^/]*/.exec(options.tag) ?? [];
            isRecorded(world, task, wave);
            return recovery.start(target, ids, options);
          },
        }),
      find: (target, tag, since) =>
        call({ kind: 'recovery_find', what: `finds ${tag}`, effect: () => recovery.find(target, tag, since) }),
    },
    inventory: { lookUp: (target, references) => look('looks up', () => world.inventory.lookUp(target, references)) },
    budgets: {
      take: (target, rateClass, count) =>
        call({
          kind: 'store_write',
          what: `takes ${count} of ${rateClass}`,
          effect: async () => {
            const from = await world.budgets.take(target, rateClass, count);
            if (rateClass === 'CreateLaunchTemplateVersion') turnReserved(world, task, from);
            return from;
          },
        }),
    },
    now: () => new Date(scheduler.now()),
    pause: (ms) => new Promise((resolve) => void scheduler.after(ms, 'waited', resolve, task)),
    newOwner() {
      owners += 1;
      return `${task.name}/${owners}`;
    },
    leaseMs: 25_000,
  };
  return { ...deps, drift: { ...deps, ...kept } };
}

function brief(serverId: string): string {
  return serverId.replace(/^s-0+/, 's-');
}

/** Who may do what is not what this is about. */
const EVERYBODY_MAY: Deps['gate'] = { decide: () => ({ allowed: true, policies: [] }) };
const AUDIT_LOG = auditReaderOf(memoryAuditLog());

function noteRead({ known }: World, task: Task, found: ReadonlyMap<string, Group>): void {
  const { groups } = readingsOf(known, task);
  for (const [groupId, group] of found) groups.set(groupId, group);
}

/** What EC2 never takes, whoever asks. */
function refuseType({ instanceType }: TemplateSettings): void {
  if (instanceType !== REFUSED_TYPE) return;
  const message = `${REFUSED_TYPE} does not exist`;
  const known = {
    kind: 'refused',
    operation: 'CreateLaunchTemplateVersion',
    answered: true,
    cause: undefined,
  } as const;
  throw new AwsCallError({ ...known, awsCode: 'InvalidParameterValue', message });
}

/**
 * Mostly some milliseconds. Writes to AWS are stopped on their way more often than other calls, since a late one does the most
 * harm; a start of a recovery is never under way for longer than its request may take.
 */
function latency({ random, faults }: World, kind: CallKind): number {
  const { pause, stall } = faults();
  if (kind !== 'recovery_start' && random.chance(kind === 'aws_write' ? 4 * pause : pause)) return pauseMs(random);
  return random.chance(stall) ? random.int(500, 15_000) : random.int(1, 40);
}

interface Caller<T> {
  readonly resolve: (value: T) => void;
  readonly reject: (error: unknown) => void;
}

async function take<T>(world: World, task: Task, call: Call<T>, { resolve, reject }: Caller<T>): Promise<void> {
  const { scheduler } = world;
  const fault = faultOf(world, task, call);
  if (fault.kind !== 'none') {
    scheduler.note(`    ${described(fault)}`);
    disturbed(world, task);
  }
  if (fault.kind === 'crash' && fault.when === 'before') return crash(world, task);
  if (fault.kind === 'fail') noteFailedRead(world, task, call);
  if (fault.kind === 'fail' && fault.when === 'before') return reject(fault.error);

  const edited = editedWhen(world, call);
  if (edited === 'before') editBesides(world, serverIn(call));
  const answer = await (fault.kind === 'swallow' && call.pretence ? call.pretence() : effect(world, task, call)).then(
    (value) => () => resolve(value),
    (error: unknown) => () => reject(error),
  );
  if (fault.kind !== 'none') disturbed(world, task);
  if (edited === 'after') editBesides(world, serverIn(call));
  if (fault.kind === 'crash') return crash(world, task);
  if (fault.kind === 'fail') return reject(fault.error);
  if (fault.kind === 'pause_after') scheduler.after(fault.ms, `goes on after: ${call.what}`, answer, task);
  else answer();
}

async function effect<T>(world: World, task: Task, { writes, named, effect }: Call<T>): Promise<T> {
  if (writes === undefined) return effect();
  const late = isLate(world, task, writes);
  aboutToWrite(world, task, writes);
  const theirs = inEffect(world, writes);
  const answer = await effect();
  noteLive(world, writes);
  wroteTemplate(world, task, writes, theirs, late);
  written(world, task, writes, late);
  if (named) await called(world, named, writes, 'prelaunch');
  return answer;
}

/** What a describe shows that lags behind. Undefined where this one does not. */
function shown<T>(world: World, launchTemplateId: string, show: (described: Described) => T) {
  const { aws, others, faults, scheduler } = world;
  if (!others.chance(faults().awsLag) || !aws.described(launchTemplateId)) return undefined;
  const moment = scheduler.now() - others.int(1, LAG_MS_MAX);
  const described = aws.describedAt(launchTemplateId, moment);
  if (!described) return undefined;
  world.counts.lagging += 1;
  return { answer: structuredClone(show(described)), moment };
}

/** Whether somebody edits the template in question around a call. */
function editedWhen<T>({ others, faults }: World, { about, writes }: Call<T>): 'before' | 'after' | undefined {
  if ((about ?? writes) === undefined || !others.chance(faults().awsEdited)) return undefined;
  return others.pick(['before', 'after']);
}

function serverIn<T>({ about, writes }: Call<T>): string {
  return about ?? writes ?? '';
}

/** A late writer lives until it has said so: what a dead one left behind is for a drift audit to find. */
function faultOf<T>(world: World, task: Task, { kind, writes }: Call<T>): Fault {
  const fault = drawFault(kind, world.faults(), world.random);
  const late = hasWrittenLate(world, task) || (writes !== undefined && isLate(world, task, writes));
  if (late && fault.kind !== 'pause_after') return { kind: 'none' };
  if (fault.kind === 'fail' && 'awsCode' in fault.error && fault.error.awsCode === 'ValidationException' && writes)
    world.mayFail.add(writes);
  return fault;
}

function noteFailedRead<T>(world: World, task: Task, { kind, about }: Call<T>): void {
  if (kind === 'aws_read') readFails(world, task, about);
  if (task.kind === 'apply' && (kind === 'store_read' || kind === 'aws_read')) world.failedReads.add(task);
}

function crash(world: World, task: Task): void {
  world.counts.crashes += 1;
  world.scheduler.kill(task);
  world.tasks.delete(task);
}

function described(fault: Fault): string {
  switch (fault.kind) {
    case 'fail':
      return `fails ${fault.when}: ${fault.error.message}`;
    case 'crash':
      return `crashes ${fault.when}`;
    default:
      return fault.kind;
  }
}
