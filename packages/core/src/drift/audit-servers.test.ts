import { memoryInstanceRecords } from '@prelaunch/memory/memory-instance-records';
import { describe, expect, it } from 'vitest';
import { change, desired, GROUP_ID, launchSettings, serverId, serverIds } from '../../../../tests/support/builders.ts';
import { AT, after, HOUR_MS } from '../../../../tests/support/clock.ts';
import { Crash } from '../../../../tests/support/crashing.ts';
import { baseline } from '../../../../tests/support/drift.ts';
import {
  A_WHILE_MS,
  appliedWorld,
  audit,
  driftOf,
  ELSEWHERE,
  told,
  toldOf,
  writesTo,
} from '../../../../tests/support/drift-world.ts';
import type { MemoryWorld } from '../../../../tests/support/memory-world.ts';
import { AwsCallError, type LaunchConfigurations, type LaunchTemplates } from '../apply/ports.ts';
import { RateBudgetError } from '../apply/rate-budgets.ts';
import { planChange } from '../group/plan-group.ts';
import { isReady, type SourceServer } from '../group/source-server.ts';
import { HASH_VERSION } from '../settings/normalize-settings.ts';
import { remediate } from './remediate.ts';

const ID = serverId(1);
const OTHER = serverId(2);

function awsError(awsCode: string, kind: 'refused' | 'throttled' | 'unavailable' = 'unavailable'): AwsCallError {
  const said = { kind, operation: 'GetLaunchConfiguration', awsCode, message: 'no' };
  return new AwsCallError({ ...said, answered: true, cause: undefined });
}

/** The world in which something happens once before AWS is read, or after it was. */
function reading(
  world: MemoryWorld,
  { before, after: later }: { before?: (serverId: string) => Promise<void>; after?: () => Promise<void> },
): MemoryWorld {
  let [first, last] = [true, true];
  const get: LaunchConfigurations['get'] = async (target, id) => {
    if (first) await before?.(id);
    first = false;
    return world.aws.get(target, id);
  };
  const getDefault: LaunchTemplates['getDefault'] = async (target, id) => {
    const found = await world.aws.getDefault(target, id);
    if (last) await later?.();
    last = false;
    return found;
  };
  return {
    ...world,
    launchConfigurations: { ...world.launchConfigurations, get },
    launchTemplates: { ...world.launchTemplates, getDefault },
  };
}

/** What may not change when nothing could be told. */
async function standing(world: MemoryWorld): Promise<unknown> {
  return {
    servers: [...(await world.servers.getMany(serverIds(2))).values()],
    writes: writesTo(world),
    queued: [...world.queue.waiting],
  };
}

async function edited(
  world: MemoryWorld,
  settings: { subnetId?: string } = { subnetId: ELSEWHERE },
  id = ID,
): Promise<void> {
  world.aws.edit(id, { settings });
  world.clock.advance(1_000);
}

describe('servers that have what they should', () => {
  it('are in sync, count as read back when AWS was read, and keep their group fresh', async () => {
    const world = await appliedWorld();
    const { launchConfigStatus: before } = await world.group();
    const readAt = world.now().toISOString();

    const outcome = await audit(world);

    expect(outcome).toMatchObject({
      kind: 'audited',
      audit: { groupId: GROUP_ID, auditId: 'audit-1', at: readAt, counts: { in_sync: 2, unknown: 0 }, highestScore: 0 },
    });
    expect((await world.server()).applied?.verifiedAt).toBe(readAt);
    expect((await world.group()).launchConfigStatus).toMatchObject({
      status: 'ready',
      freshUntil: after(A_WHILE_MS + 24 * HOUR_MS).toISOString(),
    });
    expect(before.freshUntil).toBe(after(24 * HOUR_MS).toISOString());
    expect(await driftOf(world)).toMatchObject({
      verdict: 'in_sync',
      auditedAt: readAt,
      differences: [],
      score: { score: 0 },
    });
    expect(await driftOf(world)).not.toHaveProperty('unknown');
    expect(told(world)).not.toContain('Drift Detected');
    expect(await world.groupAudits.get(GROUP_ID)).toMatchObject({ auditId: 'audit-1', counts: { in_sync: 2 } });
  });

  it('count as read back at the start of the read, however long it took', async () => {
    const world = await appliedWorld({ servers: 1 });
    const began = world.now().toISOString();
    await audit(
      reading(world, {
        before: async () => world.clock.advance(30_000),
        after: async () => world.clock.advance(30_000),
      }),
    );
    expect((await world.server()).applied?.verifiedAt).toBe(began);
    expect(await driftOf(world)).toMatchObject({ verdict: 'in_sync', auditedAt: began });
  });

  it('never count as read back earlier than they were', async () => {
    const world = await appliedWorld({ servers: 1 });
    const verifiedAt = after(HOUR_MS).toISOString();
    const { applied, ...server } = await world.server();
    if (!applied) throw new Error('not applied');
    await world.put({ ...server, applied: { ...applied, verifiedAt } });
    await audit(world);
    expect((await world.server()).applied?.verifiedAt).toBe(verifiedAt);
  });

  it('are not written to on AWS, and nobody is told', async () => {
    const world = await appliedWorld();
    const [writes, events] = [writesTo(world), told(world).length];
    await audit(world);
    await world.settle();
    expect(writesTo(world)).toBe(writes);
    expect(told(world)).toHaveLength(events);
    expect(world.queue.waiting).toEqual([]);
  });

  it('are in sync whatever AWS has of what nobody states, which is noted', async () => {
    const world = await appliedWorld({ servers: 1 });
    world.aws.edit(ID, { settings: { instanceType: 'm5.large' } });
    await audit(world);
    expect(await driftOf(world)).toMatchObject({
      verdict: 'in_sync',
      notes: [{ key: 'instanceType', policy: 'compatible' }],
    });
    expect(isReady(await world.server())).toBe(true);
  });
});

describe('a server that somebody edited on AWS', () => {
  it('is ready no more, and the group with it; it is told once and remembered', async () => {
    const world = await appliedWorld();
    await edited(world);
    const at = world.now().toISOString();
    const writes = writesTo(world);

    expect(await audit(world)).toMatchObject({ audit: { counts: { in_sync: 1, drifted: 1 }, highestScore: 60 } });

    const server = await world.server();
    expect(server).toMatchObject({
      status: 'failed',
      drifted: true,
      changedAt: at,
      errors: [{ code: 'drift.detected', serverId: ID, at }],
    });
    expect(isReady(server)).toBe(false);
    expect((await world.group()).launchConfigStatus).toMatchObject({
      status: 'failed',
      counts: { ready: 1, failed: 1 },
      errors: [{ code: 'drift.detected', serverId: ID }],
    });
    expect(toldOf(world, 'Drift Detected').map(({ detail }) => detail)).toEqual([
      {
        version: '1',
        correlationId: 'c-audit',
        data: {
          ...{ instanceId: ID, kind: 'source_server', serverId: ID, groupId: GROUP_ID },
          ...{ verdict: 'drifted', score: 60, threshold: 25, exceedsThreshold: true, flapping: false, repeated: false },
          differences: [{ key: 'subnetId', verdict: 'drifted', actor: null }],
        },
      },
    ]);
    expect(await driftOf(world)).toMatchObject({
      verdict: 'drifted',
      differences: [
        { key: 'subnetId', desired: 'subnet-0a1b2c3d', baseline: 'subnet-0a1b2c3d', observed: ELSEWHERE, since: at },
      ],
    });
    expect(await world.history.newest(ID, 5)).toMatchObject([
      { at, verdict: 'drifted', score: 60, keys: ['subnetId'], event: 'audit' },
    ]);
    expect(writesTo(world)).toBe(writes);
    expect(world.queue.waiting).toEqual([]);
  });

  it('is news once, however often it is found the same while nobody deals with it', async () => {
    const world = await appliedWorld({ servers: 1 });
    await edited(world);
    for (let audits = 0; audits < 3; audits += 1) {
      await audit(world);
      world.clock.advance(HOUR_MS);
    }
    expect(toldOf(world, 'Drift Detected').map(({ detail }) => detail.data.repeated)).toEqual([false, true, true]);
    expect(await world.history.newest(ID, 10)).toHaveLength(1);
    expect(await driftOf(world)).toMatchObject({ differences: [{ since: after(A_WHILE_MS + 1_000).toISOString() }] });
  });

  it('is told of again when something else differs', async () => {
    const world = await appliedWorld({ servers: 1 });
    await edited(world);
    await audit(world);
    await edited(world, { subnetId: 'subnet-0fffffff' });
    await audit(world);
    expect(toldOf(world, 'Drift Detected')).toHaveLength(2);
    expect(await world.history.newest(ID, 10)).toHaveLength(2);
  });

  it('is told of again after it was in sync', async () => {
    const world = await appliedWorld({ servers: 1 });
    for (const subnetId of [ELSEWHERE, 'subnet-0a1b2c3d', ELSEWHERE]) {
      await edited(world, { subnetId });
      await audit(world);
      await world.settle();
      world.clock.advance(A_WHILE_MS);
    }
    const found = told(world).filter((type) => type === 'Drift Detected' || type === 'Drift Cleared');
    expect(found).toEqual(['Drift Detected', 'Drift Cleared', 'Drift Detected']);
  });

  it('is still known to differ when an audit could not read it, and is told of again only where nobody dealt with it', async () => {
    for (const [dealtWith, times] of [
      [true, 1],
      [false, 2],
    ] as const) {
      const world = await appliedWorld({ servers: 1 });
      await edited(world);
      await audit(world);
      const get = () => Promise.reject(awsError('ThrottlingException', 'throttled'));
      if (dealtWith) await remediate(ID, 'c-1', world);
      await audit({ ...world, launchConfigurations: { ...world.launchConfigurations, get } });
      expect(await driftOf(world)).toMatchObject({
        verdict: 'unknown',
        differences: [{ key: 'subnetId' }],
        score: { score: 60 },
      });
      // Whoever acts finds that it could not be read.
      expect(await remediate(ID, 'c-1', world)).toEqual({ kind: 'unknown' });
      await audit(world);
      expect(await driftOf(world)).toMatchObject({ verdict: 'drifted' });
      expect(toldOf(world, 'Drift Detected')).toHaveLength(times);
      expect(toldOf(world, 'Drift Cleared')).toHaveLength(0);
    }
  });

  it('and put back is applied again, and only that makes it ready', async () => {
    const world = await appliedWorld({ servers: 1 });
    await edited(world);
    await audit(world);
    await edited(world, { subnetId: 'subnet-0a1b2c3d' });
    const writes = writesTo(world);

    await audit(world);

    expect(await driftOf(world)).toMatchObject({ verdict: 'in_sync', differences: [] });
    expect(toldOf(world, 'Drift Cleared')).toMatchObject([
      { detail: { data: { instanceId: ID, since: after(A_WHILE_MS + 1_000).toISOString() } } },
    ]);
    expect(toldOf(world, 'Drift Remediated')).toEqual([]);
    expect(await world.server()).toMatchObject({ status: 'pending', drifted: true });
    expect((await world.group()).launchConfigStatus.status).toBe('pending');
    expect(world.queue.waiting).toMatchObject([{ serverId: ID, groupId: GROUP_ID, correlationId: 'c-audit' }]);

    await world.settle();
    expect(isReady(await world.server())).toBe(true);
    expect((await world.group()).launchConfigStatus.status).toBe('ready');
    expect(writesTo(world)).toBe(writes);
  });

  it('and put back by somebody unknown was not put back by Prelaunch', async () => {
    const world = await appliedWorld({ servers: 1 });
    await edited(world);
    await audit(world);
    await edited(world, { subnetId: 'subnet-0a1b2c3d' });
    await audit(world);
    const looks = (await driftOf(world)).looks.map(({ inSync, writer }) => ({ inSync, writer }));
    expect(looks).toEqual([
      { inSync: false, writer: undefined },
      { inSync: true, writer: undefined },
    ]);
  });

  it('is ready no more although somebody else wrote its item meanwhile', async () => {
    const world = await appliedWorld({ servers: 1 });
    await edited(world);
    let others = 1;
    const save = async (server: SourceServer) => {
      if (others > 0) {
        others -= 1;
        await world.put({ ...(await world.server()), correlationId: 'c-other' });
      }
      return world.servers.save(server);
    };
    await audit({ ...world, servers: { ...world.servers, save } });
    expect(await driftOf(world)).toMatchObject({ verdict: 'drifted' });
    expect(await world.server()).toMatchObject({ status: 'failed', drifted: true, correlationId: 'c-other' });
  });

  it('stays ready where it was applied between the read and the verdict', async () => {
    const world = await appliedWorld({ servers: 1 });
    await edited(world);
    let once = true;
    const save = async (server: SourceServer) => {
      if (once) {
        once = false;
        await world.put({ ...(await world.server()), status: 'pending' });
        await world.queue.send([{ version: '1', correlationId: 'c-1', groupId: GROUP_ID, serverId: ID }]);
        world.clock.advance(10);
        await world.settle();
      }
      return world.servers.save(server);
    };
    await audit({ ...world, servers: { ...world.servers, save } });
    expect(isReady(await world.server())).toBe(true);
    expect(world.aws.live(ID)).toMatchObject(launchSettings());
  });
});

describe('what cannot be told is unknown, and changes nothing', () => {
  const throttled = awsError('ThrottlingException', 'throttled');
  const failing = [
    ['DRS throttles', { launchConfigurations: throttled }, { code: 'aws.throttled', awsCode: 'ThrottlingException' }],
    [
      'DRS fails',
      { launchConfigurations: awsError('InternalServerException') },
      { awsCode: 'InternalServerException' },
    ],
    [
      'DRS refuses',
      { launchConfigurations: awsError('AccessDeniedException', 'refused') },
      { awsCode: 'AccessDeniedException' },
    ],
    ['EC2 fails', { launchTemplates: awsError('InternalError') }, { awsCode: 'InternalError' }],
    ['something fails that nobody knows', { launchTemplates: new Error('boom') }, { code: 'drift.unexpected' }],
  ] as const;
  it.each(failing)('%s', async (_when, fails: { launchConfigurations?: Error; launchTemplates?: Error }, unknown) => {
    const world = await appliedWorld();
    await edited(world);
    const before = await standing(world);
    const { launchConfigurations: drs, launchTemplates: ec2 } = fails;
    const get = (...args: Parameters<LaunchConfigurations['get']>) =>
      drs ? Promise.reject(drs) : world.aws.get(...args);
    const getDefault = (...args: Parameters<LaunchTemplates['getDefault']>) =>
      ec2 ? Promise.reject(ec2) : world.aws.getDefault(...args);

    const outcome = await audit({
      ...world,
      launchConfigurations: { ...world.launchConfigurations, get },
      launchTemplates: { ...world.launchTemplates, getDefault },
    });

    expect(outcome).toMatchObject({ audit: { counts: { unknown: 2 }, highestScore: null } });
    const drift = await driftOf(world);
    expect(drift).toMatchObject({ verdict: 'unknown', differences: [], score: { score: null } });
    if (!('code' in unknown) || unknown.code !== 'aws.throttled') expect(drift.unknown).toMatchObject(unknown);
    else expect(drift.unknown).toMatchObject({ awsCode: unknown.awsCode });
    expect(await standing(world)).toEqual(before);
    expect(told(world)).not.toContain('Drift Detected');
  });

  it('a read that fails says so for its server alone', async () => {
    const world = await appliedWorld();
    const get = (...[target, id]: Parameters<LaunchConfigurations['get']>) =>
      id === ID ? Promise.reject(throttled) : world.aws.get(target, id);
    await audit({ ...world, launchConfigurations: { ...world.launchConfigurations, get } });
    expect(await driftOf(world)).toMatchObject({ verdict: 'unknown' });
    expect(await driftOf(world, OTHER)).toMatchObject({ verdict: 'in_sync' });
  });

  it('an audit whose turn is not now says nothing, and comes back', async () => {
    const world = await appliedWorld();
    const before = await standing(world);
    const take = () =>
      Promise.reject(new RateBudgetError('GetLaunchConfiguration', world.now().getTime() + 5_000, world.now()));
    await expect(audit({ ...world, budgets: { take } })).rejects.toThrow(RateBudgetError);
    expect(await standing(world)).toEqual(before);
    expect((await world.instances.getMany([ID])).size).toBe(0);
  });

  it('an audit that is out of turn on its way says nothing of any server, and comes back', async () => {
    const world = await appliedWorld();
    const error = new RateBudgetError('GetLaunchConfiguration', world.now().getTime() + 5_000, world.now());
    const getDefault = () => Promise.reject(error);
    const launchTemplates = { ...world.launchTemplates, getDefault };
    await expect(audit({ ...world, launchTemplates })).rejects.toThrow(RateBudgetError);
    expect((await world.instances.getMany(serverIds(2))).size).toBe(0);
  });

  const busy: [string, Partial<SourceServer>][] = [
    ['is pending', { status: 'pending' }],
    ['was begun to be written', { dirty: true }],
    ['is held by a worker', { lease: { owner: 'w', until: Number.MAX_SAFE_INTEGER } }],
  ];
  it.each(busy)('a server that %s is not even read', async (_what, stated) => {
    const world = await appliedWorld();
    await world.put({ ...(await world.server()), ...stated });
    await edited(world);
    const before = await standing(world);
    const asked: string[] = [];
    const get = async (...[target, id]: Parameters<LaunchConfigurations['get']>) => {
      asked.push(id);
      return world.aws.get(target, id);
    };
    await audit({ ...world, launchConfigurations: { ...world.launchConfigurations, get } }, [ID]);
    expect(await driftOf(world)).toMatchObject({ verdict: 'unknown', unknown: { code: 'drift.being_applied' } });
    expect(asked).toEqual([]);
    expect(await standing(world)).toEqual(before);
  });

  it('a server that was applied while it was audited', async () => {
    const world = await appliedWorld({ servers: 1 });
    await edited(world);
    const applying = async () => {
      await world.put({ ...(await world.server()), status: 'pending' });
      await world.queue.send([{ version: '1', correlationId: 'c-1', groupId: GROUP_ID, serverId: ID }]);
      await world.settle();
    };
    await audit(reading(world, { after: applying }));
    expect(await driftOf(world)).toMatchObject({ verdict: 'unknown', unknown: { code: 'drift.changed_meanwhile' } });
    expect(isReady(await world.server())).toBe(true);
    expect(told(world)).not.toContain('Drift Detected');
  });

  it('a template that EC2 shows as it was before it was applied', async () => {
    const world = await appliedWorld({ servers: 1 });
    await planChange(
      change({ serverIds: [ID], revision: 2, launchConfig: launchSettings({ subnetId: ELSEWHERE }) }),
      world,
    );
    const { aws } = world;
    const old = await aws.getDefault({ accountId: '', region: '' }, `lt-${ID.slice(2)}`);
    await world.settle();
    world.clock.advance(5_000);
    const before = await standing(world);
    const lagging = { ...world, launchTemplates: { ...world.launchTemplates, getDefault: async () => old } };

    await audit(lagging);
    expect(await driftOf(world)).toMatchObject({ verdict: 'unknown', unknown: { code: 'drift.stale_read' } });
    expect(await standing(world)).toEqual(before);

    await audit(world);
    expect(await driftOf(world)).toMatchObject({ verdict: 'in_sync' });
    expect(told(world)).not.toContain('Drift Detected');

    // Later on that is what it is: somebody made the old version the default.
    world.clock.advance(A_WHILE_MS);
    await audit(lagging);
    expect(await driftOf(world)).toMatchObject({ verdict: 'drifted' });
  });

  it('a server for which nothing sound is stated', async () => {
    const world = await appliedWorld({ servers: 1 });
    const group = await world.group();
    await world.put({ ...group, launchConfig: { subnetId: 7 } });
    const before = await standing(world);
    await audit(world);
    expect(await driftOf(world)).toMatchObject({ verdict: 'unknown', unknown: { code: 'drift.not_desired' } });
    expect(await standing(world)).toEqual(before);
  });
});

describe('a server whose template was deleted, and that got no other', () => {
  it('is ready no more', async () => {
    const world = await appliedWorld({ servers: 1 });
    const getDefault = () => Promise.reject(awsError('InvalidLaunchTemplateId.NotFound'));
    await audit({ ...world, launchTemplates: { ...world.launchTemplates, getDefault } });
    expect(isReady(await world.server())).toBe(false);
    expect(await driftOf(world)).toMatchObject({
      verdict: 'unknown',
      unknown: { awsCode: 'InvalidLaunchTemplateId.NotFound' },
    });
  });
});

describe('a server that DRS does not have any more', () => {
  async function goneWorld() {
    const world = await appliedWorld();
    const get = (...[target, id]: Parameters<LaunchConfigurations['get']>) =>
      id === ID ? Promise.reject(awsError('ResourceNotFoundException', 'refused')) : world.aws.get(target, id);
    return { world, without: { ...world, launchConfigurations: { ...world.launchConfigurations, get } } };
  }

  it('is unknown and not ready', async () => {
    const { world, without } = await goneWorld();
    await audit(without);
    expect(await driftOf(world)).toMatchObject({ verdict: 'unknown', unknown: { code: 'drift.instance_gone' } });
    expect(await world.server()).toMatchObject({ status: 'failed', errors: [{ code: 'drift.instance_gone' }] });
    expect((await world.group()).launchConfigStatus).toMatchObject({
      status: 'failed',
      counts: { ready: 1, failed: 1 },
    });
    expect(isReady(await world.server(OTHER))).toBe(true);
    expect(told(world)).not.toContain('Drift Detected');
  });

  it('stays ready where it was there again and applied meanwhile', async () => {
    const world = await appliedWorld({ servers: 1 });
    const get = async () => {
      world.clock.advance(10);
      await world.put({ ...(await world.server()), status: 'pending' });
      await world.queue.send([{ version: '1', correlationId: 'c-1', groupId: GROUP_ID, serverId: ID }]);
      await world.settle();
      throw awsError('ResourceNotFoundException', 'refused');
    };
    await audit({ ...world, launchConfigurations: { ...world.launchConfigurations, get } });
    expect(isReady(await world.server())).toBe(true);
    expect(await driftOf(world)).toMatchObject({ verdict: 'unknown', unknown: { code: 'drift.instance_gone' } });
  });

  it('is applied again once DRS has it again', async () => {
    const { world, without } = await goneWorld();
    await audit(without);
    world.clock.advance(A_WHILE_MS);
    await audit(world);
    expect(await world.server()).toMatchObject({ status: 'pending' });
    await world.settle();
    expect(isReady(await world.server())).toBe(true);
  });
});

describe('a template that somebody deleted, so that DRS made another', () => {
  it('is drift of what it held, and is known by its new id from then on', async () => {
    const world = await appliedWorld({ servers: 1 });
    world.aws.replaceTemplate(ID);
    world.clock.advance(1_000);
    await audit(world);
    expect(await driftOf(world)).toMatchObject({
      verdict: 'drifted',
      differences: [{ key: 'subnetId', observed: null }],
    });
    expect(await world.owners.ownerOf(`lt-${ID.slice(2)}-1`)).toBe(ID);
  });

  it('is looked up again when it went away between the two reads', async () => {
    const world = await appliedWorld({ servers: 1 });
    let once = true;
    const getDefault: LaunchTemplates['getDefault'] = async (target, id) => {
      if (once) world.aws.replaceTemplate(ID);
      once = false;
      return world.aws.getDefault(target, id);
    };
    await audit({ ...world, launchTemplates: { ...world.launchTemplates, getDefault } });
    expect(await driftOf(world)).toMatchObject({ verdict: 'drifted' });
  });

  it('that has what it should have is in sync', async () => {
    const world = await appliedWorld({ servers: 1 });
    world.aws.replaceTemplate(ID);
    world.aws.edit(ID, { settings: { subnetId: 'subnet-0a1b2c3d' } });
    await audit(world);
    expect(await driftOf(world)).toMatchObject({ verdict: 'in_sync' });
    expect((await world.server()).applied?.launchTemplateId).toBe(`lt-${ID.slice(2)}-1`);
    expect(await world.owners.ownerOf(`lt-${ID.slice(2)}-1`)).toBe(ID);
  });
});

describe('a baseline that is not there', () => {
  async function withoutBaseline() {
    const world = await appliedWorld({ servers: 1 });
    const { baselineVersion: _gone, ...server } = await world.server();
    await world.put(server);
    return world;
  }
  const kept = async (world: MemoryWorld) => {
    const { baselineVersion: version = 0 } = await world.server();
    return (await world.baselines.get([{ instanceId: ID, version }])).get(ID);
  };

  it('is captured from what is read, where that is what was applied', async () => {
    const world = await appliedWorld({ servers: 1 });
    const { baselineVersion: _none, ...server } = await world.server();
    // As with servers of before there were baselines.
    const { baselines, owners } = memoryInstanceRecords(world.now);
    await world.put(server);
    world.aws.edit(ID, { settings: { tags: { Owner: 'ops' } } });
    await audit({ ...world, baselines, owners });
    expect(await driftOf(world)).toMatchObject({ verdict: 'in_sync' });
    expect(await world.server()).toMatchObject({ baselineVersion: 1 });
    const captured = (await baselines.get([{ instanceId: ID, version: 1 }])).get(ID);
    expect(captured).toMatchObject({
      settings: { ...launchSettings(), tags: { Owner: 'ops' } },
      launchTemplateVersion: 4,
    });
    expect(await owners.ownerOf(`lt-${ID.slice(2)}`)).toBe(ID);
  });

  it('is not captured of what was edited; the verdict goes by what was applied', async () => {
    const world = await withoutBaseline();
    await edited(world);
    await audit(world);
    expect(await driftOf(world)).toMatchObject({
      verdict: 'drifted',
      differences: [{ key: 'subnetId', baseline: 'subnet-0a1b2c3d' }],
    });
    expect(await kept(world)).toBeUndefined();
    expect(await world.server()).not.toHaveProperty('baselineVersion');
  });

  it('allows no verdict where nothing was ever read back', async () => {
    const world = await withoutBaseline();
    const { applied: _never, ...server } = await world.server();
    await world.put({ ...server, status: 'failed', desired: desired(launchSettings({ copyTags: false })) });
    await edited(world);
    await audit(world);
    expect(await driftOf(world)).toMatchObject({ verdict: 'unknown', unknown: { code: 'drift.no_baseline' } });
  });

  it('is captured only by whoever claimed its version', async () => {
    const world = await withoutBaseline();
    const captured: string[] = [];
    const capture: MemoryWorld['baselines']['capture'] = async (made) => {
      captured.push(`${made.version} ${made.settings.subnetId}`);
      await world.baselines.capture(made);
    };
    // Somebody else's write comes first, so that the version is not claimed.
    const save = async () => false;
    await audit({ ...world, servers: { ...world.servers, save }, baselines: { ...world.baselines, capture } });
    expect(captured).toEqual([]);
  });

  it('is one and the same for two audits at once', async () => {
    const world = await withoutBaseline();
    await Promise.all([audit(world), audit(world)]);
    world.clock.advance(A_WHILE_MS);
    await audit(world);
    expect(await kept(world)).toMatchObject({ settings: launchSettings() });
    expect(await driftOf(world)).toMatchObject({ verdict: 'in_sync' });
  });

  it('is captured by the next audit where one died between claiming and capturing', async () => {
    const world = await withoutBaseline();
    const capture = () => Promise.reject(new Crash());
    const died = audit({ ...world, baselines: { ...world.baselines, capture } });
    await expect(died).rejects.toMatchObject({ errors: [expect.any(Crash)] });
    world.clock.advance(A_WHILE_MS);
    await audit(world);
    expect(await driftOf(world)).toMatchObject({ verdict: 'in_sync' });
    expect(await kept(world)).toMatchObject({ settings: launchSettings() });
  });
});

describe('a whole fleet whose baselines were fingerprinted by another recipe', () => {
  it('is unknown once, however much was edited, and nothing is written to AWS; the next audit tells', async () => {
    const world = await appliedWorld({
      servers: 30,
      driftPolicy: { actions: { stale: 'sync', drifted: 'rollback', diverged: 'rollback' } },
    });
    for (const id of serverIds(30)) {
      const server = await world.server(id);
      const version = (server.baselineVersion ?? 0) + 1;
      await world.baselines.capture({ ...baseline({ instanceId: id, version }), hashVersion: HASH_VERSION + 1 });
      await world.put({ ...server, baselineVersion: version });
    }
    await edited(world, { subnetId: ELSEWHERE }, serverId(7));
    const [writes, events] = [writesTo(world), told(world).length];

    expect(await audit(world)).toMatchObject({
      audit: { counts: { in_sync: 0, stale: 0, drifted: 0, diverged: 0, unknown: 30 } },
    });

    for (const id of serverIds(30))
      expect(await driftOf(world, id)).toMatchObject({ unknown: { code: 'drift.hash_version' } });
    expect(told(world)).toHaveLength(events);
    expect(world.queue.waiting).toEqual([]);
    expect(writesTo(world)).toBe(writes);
    expect((await world.group()).launchConfigStatus.counts.ready).toBe(30);

    expect(await audit(world)).toMatchObject({ audit: { counts: { in_sync: 29, drifted: 1, unknown: 0 } } });
    expect(writesTo(world)).toBe(writes);
  });
});

describe('members that are not audited', () => {
  it('are those for which nothing is stated, and those of another group', async () => {
    const world = await appliedWorld({ servers: 2 });
    await world.put(
      { ...(await world.server()), status: 'not_configured' },
      { ...(await world.server(OTHER)), groupId: 'ledger' },
    );
    expect(await audit(world)).toMatchObject({ audit: { counts: { in_sync: 0, unknown: 0 } } });
    expect((await world.instances.getMany(serverIds(2))).size).toBe(0);
  });

  it('are those that were not asked for, and the group’s own audit stays as it was', async () => {
    const world = await appliedWorld();
    await audit(world, [ID, serverId(9)]);
    expect((await world.instances.getMany(serverIds(2))).size).toBe(1);
    expect(await world.groupAudits.get(GROUP_ID)).toBeUndefined();
  });
});

describe('what servers are compared with', () => {
  it('is what they were planned with, while something newer is on its way to the group', async () => {
    const world = await appliedWorld({ servers: 1 });
    const group = await world.group();
    await world.put({
      ...group,
      launchConfig: launchSettings({ subnetId: ELSEWHERE }),
      generation: group.generation + 1,
    });
    await audit(world);
    expect(await driftOf(world)).toMatchObject({ verdict: 'in_sync' });
  });

  it('is what the group says now, when it is planned', async () => {
    const world = await appliedWorld({ servers: 1 });
    await world.put({ ...(await world.group()), launchConfig: launchSettings({ subnetId: ELSEWHERE }) });
    await audit(world);
    expect(await driftOf(world)).toMatchObject({
      verdict: 'stale',
      differences: [{ key: 'subnetId', desired: ELSEWHERE }],
    });
    expect(isReady(await world.server())).toBe(true);
  });
});

describe('groups that nobody has', () => {
  it('are not audited: deleted ones', async () => {
    const world = await appliedWorld();
    const before = await standing(world);
    await world.put({ ...(await world.group()), deletedAt: AT });
    expect(await audit(world)).toEqual({ kind: 'group_gone' });
    expect(await standing(world)).toEqual(before);
  });

  it('are not audited: unknown ones', async () => {
    const world = await appliedWorld();
    const request = {
      version: '1' as const,
      correlationId: 'c',
      data: { groupId: 'nobody', auditId: 'a', cause: 'schedule' as const },
    };
    const { auditGroup } = await import('./audit-group.ts');
    expect(await auditGroup(request, world)).toEqual({ kind: 'group_gone' });
  });
});

describe('an audit that finishes late', () => {
  it('changes nothing that was read after it', async () => {
    const world = await appliedWorld({ servers: 1 });
    // Reads before the edit, and ends after somebody else found it.
    const meanwhile = async () => {
      world.clock.advance(1_000);
      await edited(world);
      await audit(world);
    };
    await audit(reading(world, { after: meanwhile }));
    expect(await driftOf(world)).toMatchObject({ verdict: 'drifted' });
    expect(await world.server()).toMatchObject({ status: 'failed' });
    expect(told(world).filter((type) => type.startsWith('Drift'))).toEqual(['Drift Detected']);
  });

  it('has nothing applied that was edited since', async () => {
    const world = await appliedWorld({ servers: 1 });
    await edited(world);
    await audit(world);
    await edited(world, { subnetId: 'subnet-0a1b2c3d' });
    const writes = writesTo(world);
    const meanwhile = async () => {
      world.clock.advance(1_000);
      await edited(world, { subnetId: 'subnet-0fffffff' });
      await audit(world);
    };
    await audit(reading(world, { after: meanwhile }));
    await world.settle();
    expect(await driftOf(world)).toMatchObject({ verdict: 'drifted', differences: [{ observed: 'subnet-0fffffff' }] });
    expect(writesTo(world)).toBe(writes);
    expect(world.aws.live(ID).subnetId).toBe('subnet-0fffffff');
  });
});

describe('two audits at once', () => {
  it('find the same, and tell of it at least once', async () => {
    const world = await appliedWorld();
    await edited(world);
    await Promise.all([audit(world), audit(world)]);
    expect(await driftOf(world)).toMatchObject({ verdict: 'drifted' });
    expect(await world.server()).toMatchObject({ status: 'failed', drifted: true });
    expect(toldOf(world, 'Drift Detected').length).toBeGreaterThanOrEqual(1);
    expect(await world.history.newest(ID, 9)).toHaveLength(1);
  });
});
