import type { ConfigurationRef } from '@prelaunch/contracts/configuration';
import { beforeEach, describe, expect, it } from 'vitest';
import { group, serverId, serverIds } from '../../../../../tests/support/builders.ts';
import { AT } from '../../../../../tests/support/clock.ts';
import { binding } from '../../../../../tests/support/configurations.ts';
import { effectiveIn, replanned } from '../../../../../tests/support/estates.ts';
import { type MemoryWorld, memoryWorld } from '../../../../../tests/support/memory-world.ts';
import { planned, publishedAsPlanned } from '../../../../../tests/support/plans.ts';
import type { Group } from '../../group/group.ts';
import type { ConfigurationVersion } from '../configuration.ts';
import { changeMark } from '../rollout/change-mark.ts';
import type { MadePlan } from './publish-plan.ts';

let world: MemoryWorld;
beforeEach(() => {
  world = memoryWorld();
});

type Said = Partial<Omit<ConfigurationVersion, 'configurationId' | 'parents'>>;

function said(configurationId: string, parents: readonly string[], stated: Said): Partial<ConfigurationVersion> {
  return { configurationId, parents: parents.map((id) => ({ configurationId: id })), ...stated };
}

async function publish(configurationId: string, parents: readonly string[] = [], stated: Said = {}): Promise<void> {
  await publishedAsPlanned(said(configurationId, parents, stated), world);
}

function planOf(configurationId: string, parents: readonly string[] = [], stated: Said = {}): Promise<MadePlan> {
  return planned(said(configurationId, parents, stated), world);
}

/** A group that states nothing itself, but where that is said. */
async function follower(groupId: string, configuration: ConfigurationRef | undefined, stated: Partial<Group> = {}) {
  const { launchConfig: _none, ...bare } = group({ groupId, serverIds: [serverId(1)] });
  await world.put({ ...bare, ...(configuration && { configuration }), ...stated });
}

async function rolledOut(configurationId: string, version: number, state: 'stopped' | 'done'): Promise<void> {
  const ref = { configurationId, version };
  await changeMark(ref, (mark) => (state === 'done' ? 'none' : { ...mark, state }), world);
}

const ofBase = { configurationId: 'base' };

describe('changes of a publish plan', () => {
  it('are told once each, the widest first, with how many servers of which groups they concern and what they risk', async () => {
    await publish('base', [], { settings: { subnetId: 'subnet-0a1b2c3d', copyTags: true } });
    await publish('web', ['base'], { settings: { copyTags: false } });
    await follower('ledger', ofBase, { serverIds: serverIds(3) });
    await follower('payments', { configurationId: 'web' }, { serverIds: serverIds(2, 4) });
    const plan = await planOf('base', [], {
      settings: { subnetId: 'subnet-1a1b2c3d', iamInstanceProfile: 'recovery', tags: { cost: 'x' } },
    });
    const all = { servers: 5, groups: ['ledger', 'payments'], groupCount: 2 };
    expect(plan.changes).toEqual([
      { key: 'iamInstanceProfile', to: 'recovery', ...all, keyClass: 'critical', mayFailLaunch: true },
      {
        key: 'subnetId',
        from: 'subnet-0a1b2c3d',
        to: 'subnet-1a1b2c3d',
        ...all,
        keyClass: 'network',
        mayFailLaunch: true,
      },
      { key: 'tags.cost', to: 'x', ...all, keyClass: 'other', mayFailLaunch: false },
      {
        key: 'copyTags',
        from: true,
        servers: 3,
        groups: ['ledger'],
        groupCount: 1,
        keyClass: 'other',
        mayFailLaunch: false,
      },
    ]);
    expect(plan).toMatchObject({
      groups: 2,
      servers: 5,
      changedServers: 5,
      moreChanges: 0,
      affectedConfigurations: ['base', 'web'],
      version: 2,
      basedOn: 1,
      catalogueRevision: 2,
      keyClasses: ['critical', 'network', 'other'],
    });
  });

  it('are none for servers that state the key themselves, or have it from something nearer', async () => {
    await publish('base', [], { settings: { name: 'one' } });
    const own = { [serverId(2)]: { name: 'own' } };
    await follower('payments', ofBase, { serverIds: serverIds(3), serverOverrides: own });
    await follower('ledger', ofBase, { serverIds: serverIds(2, 4), launchConfig: { name: 'group' } });
    const plan = await planOf('base', [], { settings: { name: 'other' } });
    expect(plan).toMatchObject({ groups: 2, servers: 5, changedServers: 2 });
    expect(plan.changes).toMatchObject([{ key: 'name', from: 'one', to: 'other', servers: 2, groups: ['payments'] }]);
  });

  it('tell what was `null` from what was not stated, and objects from others by what they hold', async () => {
    await publish('base', [], { settings: { name: 'one' } });
    const other = { metadataOptions: { httpTokens: 'required', httpProtocolIpv6: 'enabled' }, privateIpAddress: null };
    const same = { metadataOptions: { httpProtocolIpv6: 'enabled', httpTokens: 'required' } };
    const owns = { [serverId(1)]: other, [serverId(2)]: same };
    await follower('payments', ofBase, { serverIds: serverIds(2), serverOverrides: owns });
    const locked = ['metadataOptions', 'privateIpAddress'];
    const plan = await planOf('base', [], {
      settings: { privateIpAddress: '10.0.0.1', subnetId: 'subnet-0a1b2c3d' },
      locked,
    });
    const changes = plan.changes.filter(({ key }) => locked.includes(key));
    expect(changes).toMatchObject([
      { key: 'metadataOptions', from: same.metadataOptions, servers: 2 },
      { key: 'privateIpAddress', from: null, to: '10.0.0.1', servers: 1 },
      { key: 'privateIpAddress', to: '10.0.0.1', servers: 1 },
    ]);
    expect(changes[2]).not.toHaveProperty('from');
  });

  it('are shown as far as there is room, and all of them counted', async () => {
    await publish('base');
    const ids = Array.from({ length: 25 }, (_, index) => `g${String(index).padStart(2, '0')}`);
    for (const id of ids) await follower(id, ofBase);
    await publish('web');
    const owns = serverIds(250).map((id, index) => [id, { tags: { [`tag-${index}`]: 'own' } }]);
    const more = { serverIds: serverIds(250), serverOverrides: Object.fromEntries(owns) };
    await follower('large', { configurationId: 'web' }, more);
    const [change] = (await planOf('base', [], { settings: { name: 'new' } })).changes;
    expect(change).toMatchObject({ groupCount: 25, groups: ids.slice(0, 20), servers: 25 });
    const plan = await planOf('web', [], { locked: ['tags'] });
    expect(plan).toMatchObject({ changedServers: 250, moreChanges: 50 });
    expect(plan.changes).toHaveLength(200);
    expect(plan.lockHits).toHaveLength(100);
  });

  it('come of the variants of the instance type that each server has', async () => {
    await publish('base');
    await publish('web', ['base'], { settings: { instanceType: 'm7i.large' } });
    await follower('payments', { configurationId: 'web' });
    await follower('ledger', ofBase, { serverIds: [serverId(2)] });
    const plan = await planOf('base', [], { variants: { 'm7i.*': { tenancy: 'host' } } });
    expect(plan.changes).toMatchObject([{ key: 'tenancy', to: 'host', groups: ['payments'], servers: 1 }]);
  });
});

describe('the hash of a publish plan', () => {
  it('tells whether the same changes come to few servers or to many', async () => {
    await publish('base');
    const [name, tags] = [{ name: 'own' }, { tags: { a: 'own' } }];
    const own = (first: object, second: object) => ({ [serverId(1)]: first, [serverId(2)]: second });
    const draft: Said = { settings: { name: 'x', tags: { a: 'x' } }, locked: ['name', 'tags'] };
    await follower('payments', ofBase, {
      serverIds: serverIds(2),
      serverOverrides: own({ ...name, ...tags }, draft.settings ?? {}),
    });
    const one = await planOf('base', [], draft);
    const crossed = own({ ...name, tags: { a: 'x' } }, { name: 'x', ...tags });
    await follower('payments', ofBase, { serverIds: serverIds(2), serverOverrides: crossed });
    const two = await planOf('base', [], draft);
    expect(two.changes).toEqual(one.changes);
    expect([one.changedServers, two.changedServers]).toEqual([1, 2]);
    expect(two.planHash).not.toBe(one.planHash);
  });
});

describe('what a publish plan is of', () => {
  it('is the configuration and all that follows it, near before far, and nothing that pins it', async () => {
    await publish('base');
    await publish('web', ['base']);
    await publish('app', ['web']);
    await publishedAsPlanned({ configurationId: 'pinned', parents: [{ ...ofBase, version: 1 }] }, world);
    await publish('below', ['pinned']);
    await publish('api', ['base']);
    const plan = await planOf('base', [], { settings: { name: 'new' } });
    expect(plan.affectedConfigurations).toEqual(['base', 'api', 'web', 'app']);
  });

  it('is agreed to for these groups, also where there are too many to be shown', async () => {
    await publish('base');
    for (let n = 10; n < 35; n += 1) await follower(`g${n}`, ofBase);
    const draft: Said = { settings: { name: 'new' } };
    const before = await planOf('base', [], draft);
    await follower('g34', undefined, { deletedAt: AT });
    await follower('g35', ofBase);
    const after = await planOf('base', [], draft);
    expect(after.changes).toEqual(before.changes);
    expect(after.planHash).not.toBe(before.planHash);
  });
});

describe('groups of a publish plan', () => {
  it('are those that begin at what is concerned: by themselves, or by the binding that holds', async () => {
    await publish('base');
    await publish('other');
    await publish('web', ['base']);
    for (const id of ['bound', 'outbid', 'own', 'pinned', 'bound-pinned', 'free']) await follower(id, undefined);
    const bind = (id: string, configuration: ConfigurationRef, priority = 0) =>
      world.bindings.save(binding({ subject: { kind: 'protectionGroup', id }, configuration, priority }));
    await bind('bound', { configurationId: 'web' });
    await bind('outbid', ofBase);
    await bind('outbid', { configurationId: 'other' }, 1);
    await bind('own', ofBase);
    await bind('bound-pinned', { ...ofBase, version: 1 });
    await world.bindings.save(binding({ subject: { kind: 'user', id: 'free' }, configuration: ofBase }));
    await world.put({ ...(await world.group('own')), configuration: { configurationId: 'other' } });
    await world.put({ ...(await world.group('pinned')), configuration: { ...ofBase, version: 1 } });
    const plan = await planOf('base', [], { settings: { name: 'new' } });
    expect(plan).toMatchObject({ groups: 1, changes: [{ key: 'name', groups: ['bound'] }] });
  });

  it('are not those that were deleted', async () => {
    await publish('base');
    await follower('payments', ofBase, { deletedAt: AT });
    expect(await planOf('base', [], { settings: { name: 'new' } })).toMatchObject({ groups: 0, changes: [] });
  });

  it('are also those that wait for the configuration, or for the version, since an upstream system named it', async () => {
    await follower('first', { configurationId: 'new' });
    await follower('second', { configurationId: 'new', version: 2 });
    const one = await planOf('new', [], { settings: { name: 'one' } });
    expect(one.changes).toMatchObject([{ key: 'name', to: 'one', groups: ['first'] }]);
    await publish('new', [], { settings: { name: 'one' } });
    await publish('base', [], { settings: { copyTags: true } });
    const two = await planOf('new', ['base'], { settings: { name: 'two' } });
    expect(two.changes).toMatchObject([
      { key: 'copyTags', to: true, groups: ['first', 'second'] },
      { key: 'name', from: 'one', to: 'two', groups: ['first'] },
      { key: 'name', to: 'two', groups: ['second'] },
    ]);
  });
});

describe('groups that a stopped rollout holds back', () => {
  /** One group has what was published first, the other what came later; then the rollout stopped. */
  async function held(configurationId: string, parents: readonly string[], one: Said, other: Said): Promise<void> {
    await publish(configurationId, parents, one);
    await follower('held', { configurationId });
    await replanned('held', world);
    await publish(configurationId, parents, other);
    await follower('reached', { configurationId }, { serverIds: [serverId(2)] });
    await replanned('reached', world);
    await rolledOut(configurationId, 2, 'stopped');
  }

  it('see the versions that they have: a change is from those', async () => {
    await held('base', [], { settings: { name: 'one' } }, { settings: { name: 'two' } });
    const plan = await planOf('base', [], { settings: { name: 'one', copyTags: true } });
    expect(plan.changes).toMatchObject([
      { key: 'copyTags', to: true, groups: ['held', 'reached'] },
      { key: 'name', from: 'two', to: 'one', groups: ['reached'] },
    ]);
    await rolledOut('base', 2, 'done');
    expect((await planOf('base', [], { settings: { name: 'one', copyTags: true } })).changes).toMatchObject([
      { key: 'copyTags' },
      { key: 'name', from: 'two', to: 'one', groups: ['held', 'reached'] },
    ]);
  });

  it('keep them when something else that they inherit is published', async () => {
    await publish('base', [], { settings: { tags: { a: 'x' } } });
    await held('web', ['base'], { settings: { name: 'one' } }, { settings: { tags: { a: 'y' } } });
    const plan = await planOf('base', [], { settings: { name: 'base', tags: { a: 'z' } } });
    expect(plan.changes).toMatchObject([
      { key: 'name', to: 'base', groups: ['reached'] },
      { key: 'tags.a', from: 'x', to: 'z', groups: ['held'] },
    ]);
  });

  it('are concerned by what only the version inherits that they have', async () => {
    await publish('base', [], { settings: { name: 'one' } });
    await publish('web', ['base']);
    await follower('held', { configurationId: 'web' });
    await replanned('held', world);
    await publish('web');
    await rolledOut('web', 2, 'stopped');
    const plan = await planOf('base', [], { settings: { name: 'two' } });
    expect(plan).toMatchObject({ groups: 1, changes: [{ key: 'name', from: 'one', to: 'two', groups: ['held'] }] });
    await rolledOut('web', 2, 'done');
    expect(await planOf('base', [], { settings: { name: 'two' } })).toMatchObject({ groups: 0, changes: [] });
  });

  it('are thought of while a rollout runs, since it may be stopped: no circle comes of that', async () => {
    await publish('base', [], { settings: { name: 'one' } });
    await publish('web', ['base']);
    await follower('held', { configurationId: 'web' });
    await replanned('held', world);
    await publish('web');
    const circle = await planOf('base', ['web']);
    expect(circle).toMatchObject({ publishable: false, problems: [{ code: 'configuration.cycle' }] });
    expect(circle.problems[0]?.message).toContain('protection group held');
    await replanned('held', world);
    expect(await planOf('base', ['web'])).toMatchObject({ publishable: true });
  });

  it('may be held back by several rollouts at once', async () => {
    await publish('far', [], { settings: { copyTags: true } });
    await publish('beside', ['far']);
    await publish('base', [], { settings: { name: 'one' } });
    await publish('web', ['beside', 'base']);
    await follower('held', { configurationId: 'web' });
    await replanned('held', world);
    await publish('beside', [], { settings: { tags: { a: 'x' } } });
    await rolledOut('beside', 2, 'stopped');
    await publish('web', ['base']);
    await rolledOut('web', 2, 'stopped');
    expect(await effectiveIn(world)).toEqual(new Map([[serverId(1), { name: 'one', copyTags: true }]]));
    const plan = await planOf('base', [], { settings: { name: 'two' } });
    expect(plan).toMatchObject({
      servers: 1,
      changes: [{ key: 'name', from: 'one', to: 'two', groups: ['held'], servers: 1 }],
    });
  });

  it('keep something from being published that only breaks what they have, and are named', async () => {
    await publish('a');
    await publish('b');
    await publish('ordered', ['a', 'b']);
    await publish('base');
    await publish('web', ['ordered', 'base']);
    await follower('held', { configurationId: 'web' });
    await replanned('held', world);
    await publish('web', ['base']);
    await rolledOut('web', 2, 'stopped');
    const plan = await planOf('base', ['b', 'a']);
    expect(plan.publishable).toBe(false);
    expect(plan.problems).toMatchObject([
      {
        code: 'configuration.inconsistent_order',
        path: 'configurations.web.parents',
        message: expect.stringMatching(/^protection group held, with the versions that it has: /),
      },
    ]);
    await rolledOut('web', 2, 'done');
    expect(await planOf('base', ['b', 'a'])).toMatchObject({ publishable: true });
  });
});

describe('problems of a publish plan', () => {
  const incomplete = { securityGroupIds: ['sg-0a1b2c3d'] };

  it('are combinations that servers would get, with the group and one of them', async () => {
    await publish('base', [], { settings: { name: 'one' } });
    await follower('payments', ofBase, { serverIds: serverIds(3) });
    await follower('ledger', ofBase, { serverIds: [serverId(4)], launchConfig: { subnetId: 'subnet-0a1b2c3d' } });
    const plan = await planOf('base', [], { settings: incomplete });
    expect(plan.problems).toMatchObject([
      {
        code: 'settings.combination',
        path: 'configurations.base@2.securityGroupIds',
        message: expect.stringMatching(`^protection group payments, ${serverId(1)}: `),
        allowed: expect.stringContaining('subnetId'),
      },
    ]);
  });

  it('are not those that servers have already', async () => {
    await publish('base', [], { settings: { name: 'one' } });
    await follower('payments', ofBase, { launchConfig: incomplete });
    await follower('ledger', ofBase, { serverIds: [serverId(2)], launchConfig: { instanceType: 7 } });
    expect(await planOf('base', [], { settings: { name: 'two' } })).toMatchObject({ problems: [], publishable: true });
  });

  it('are shown as far as there is room', async () => {
    await publish('base');
    for (let n = 1; n <= 60; n += 1) await follower(`g${n}`, ofBase, { serverIds: [serverId(n)] });
    const plan = await planOf('base', [], { settings: incomplete });
    expect(plan.problems).toHaveLength(50);
    expect(plan.publishable).toBe(false);
  });
});

describe('conflicts and lock hits of a publish plan', () => {
  it('tells where order alone decides between different values, and where they meet', async () => {
    await publish('one', [], { settings: { name: 'one', tenancy: 'host', tags: { a: 'x' } } });
    await publish('other', [], { settings: { name: 'other', tenancy: 'host', tags: { b: 'x' } } });
    await publish('web', ['one', 'other']);
    await publish('app', ['web'], { settings: { name: 'app' } });
    const plan = await planOf('other', [], { settings: { name: 'other', tenancy: 'host', tags: { a: 'y' } } });
    const [one, other] = [
      { configurationId: 'one', version: 1 },
      { configurationId: 'other', version: 2 },
    ];
    expect(plan.conflicts).toEqual([
      { key: 'name', in: 'web', winner: one, loser: other },
      { key: 'tags.a', in: 'web', winner: one, loser: other },
      { key: 'tags.a', in: 'app', winner: one, loser: other },
    ]);
    expect(plan.publishable).toBe(true);
  });

  it('tells no conflict where one inherits from the other, or has the value from its own variant', async () => {
    await publish('base', [], { settings: { name: 'base' } });
    await publish('one', ['base'], { settings: { name: 'one' }, variants: { '*': { name: 'variant' } } });
    const plan = await planOf('web', ['one', 'base'], { settings: { name: 'web' } });
    expect(plan.conflicts).toEqual([]);
  });

  it('tells what locks beat: with how many servers, and where none uses it yet', async () => {
    await publish('base', [], { settings: { name: 'one' } });
    await publish('web', ['base'], { settings: { name: 'web' } });
    await follower('payments', ofBase, { serverIds: serverIds(3), launchConfig: { name: 'group' } });
    const plan = await planOf('base', [], { settings: { name: 'two' }, locked: ['name'] });
    const lockedBy = { layer: 'configuration', configurationId: 'base', version: 2 };
    expect(plan.lockHits).toEqual([
      { key: 'name', lockedBy, beaten: { layer: 'launchConfig' }, servers: 3 },
      { key: 'name', lockedBy, beaten: { layer: 'configuration', configurationId: 'web', version: 1 }, servers: 0 },
    ]);
    await follower('ledger', { configurationId: 'web' }, { serverIds: [serverId(4)] });
    expect((await planOf('base', [], { settings: { name: 'two' }, locked: ['name'] })).lockHits).toMatchObject([
      { beaten: { layer: 'launchConfig' }, servers: 3 },
      { beaten: { configurationId: 'web' }, servers: 1 },
    ]);
  });
});

describe('the graph of a publish plan', () => {
  it('shows the draft, what it would concern and what these inherit from, and nothing else', async () => {
    await publish('base');
    await publish('network');
    await publish('web', ['base']);
    await publish('app', ['web', 'network']);
    await publish('elsewhere', ['network']);
    const plan = await planOf('base', ['network']);
    expect(plan.parts).toMatchObject({
      nodes: [
        { configurationId: 'app', version: 1, affected: true },
        { configurationId: 'base', version: null, affected: true, pinned: false },
        { configurationId: 'network', version: 1, affected: false },
        { configurationId: 'web', version: 1, affected: true },
      ],
      edges: [
        { from: 'app@1', to: 'web@1', order: 0 },
        { from: 'app@1', to: 'network@1', order: 1 },
        { from: 'base@draft', to: 'network@1', order: 0 },
        { from: 'web@1', to: 'base@draft', order: 0 },
      ],
    });
    expect(plan.mermaid).toContain('base@draft');
  });

  it('shows a draft that has no path, too', async () => {
    expect((await planOf('base', ['ghost'])).parts).toMatchObject({
      nodes: [{ configurationId: 'base', version: null, affected: true }],
      edges: [],
    });
  });

  it('has the lineage that the version would have', async () => {
    await publish('base');
    await publish('web', ['base']);
    expect((await planOf('app', ['web'])).next.lineage).toEqual([
      { configurationId: 'app', version: 1 },
      { configurationId: 'web', version: 1 },
      { configurationId: 'base', version: 1 },
    ]);
  });
});
