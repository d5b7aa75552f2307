import { type OperationName, operations } from '@prelaunch/contracts/operations';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type Pipeline, SETTINGS } from '../support/pipeline.ts';
import { startWithRoles } from './support/start-with-roles.ts';
import type { Fields, Way } from './support/ways-in.ts';

/** Configurations from the first draft to servers on AWS, through every way in. */

let pipeline: Pipeline;
let ways: Way[];
let place: { accountId: string; region: string };
let made = 0;

beforeAll(async () => {
  ({ pipeline, ways } = await startWithRoles());
  const { accountId, region } = pipeline.runtime;
  place = { accountId, region };
});
afterAll(() => pipeline.stop());

type Ask = Way['ask'];

/** A name that no other test has. */
function named(what: string): string {
  made += 1;
  return `${what}-${made}`;
}

async function asked(ask: Ask, operation: OperationName, fields: Fields) {
  const { body } = await ask(operation, fields);
  if ('error' in body) throw new Error(`${operation}: ${JSON.stringify(body)}`);
  return operations[operation].response.parse(body) as Record<string, unknown>;
}

/** Saves, looks at the plan and publishes it, as people do. */
async function published(ask: Ask, configurationId: string, stated: Fields) {
  await asked(ask, 'save_configuration_draft', { configurationId, ...stated });
  const { planHash } = await asked(ask, 'plan_configuration_publish', { configurationId });
  return asked(ask, 'publish_configuration', { configurationId, planHash, message: 'because' });
}

async function createdGroup(ask: Ask, stated: Fields): Promise<{ groupId: string; serverIds: string[] }> {
  const serverIds = pipeline.runtime.simulator.addSourceServers(place, 2);
  const group = { groupId: named('g'), name: 'Payments', ...place, serverIds, ...stated };
  const body = await asked(ask, 'create_protection_group', group);
  expect(body).toMatchObject({ launchConfigStatus: { status: 'ready' } });
  return { groupId: group.groupId, serverIds };
}

function liveName(serverId: string): string | undefined {
  return pipeline.runtime.simulator.launchTemplateOf(serverId).launchConfiguration.name;
}

const admin = (): Ask => (ways[0] as Way).ask;

describe('configurations, on every way in', () => {
  it('go from a draft by a plan to a version, and from there to another and back', async () => {
    for (const { ask, name } of ways) {
      const base = named('base');
      const draft = await ask('save_configuration_draft', { configurationId: base, settings: { name: 'one' } });
      expect(draft.body).toMatchObject({
        configurationId: base,
        generation: 1,
        basedOn: null,
        settings: { name: 'one' },
      });
      if (name !== 'direct') expect(draft.headers?.get('etag')).toBe('"1"');
      const plan = await asked(ask, 'plan_configuration_publish', { configurationId: base });
      expect(plan).toMatchObject({ version: 1, publishable: true, groups: 0, affectedConfigurations: [base] });
      const first = await ask('publish_configuration', {
        configurationId: base,
        planHash: plan.planHash,
        message: 'first',
      });
      expect(first.body).toMatchObject({ version: 1, message: 'first', rolledBackTo: null });
      if (name !== 'direct') expect(first.status).toBe(201);

      const second = await published(ask, base, { settings: { name: 'two' }, locked: ['name'] });
      expect(second).toMatchObject({ version: 2 });
      const compared = await asked(ask, 'compare_configuration_versions', {
        configurationId: base,
        fromVersion: 1,
        toVersion: 2,
      });
      expect(compared.differences).toEqual([
        { path: 'settings.name', from: 'one', to: 'two' },
        { path: 'locked', from: [], to: ['name'] },
      ]);

      const back = await asked(ask, 'plan_configuration_publish', { configurationId: base, toVersion: 1 });
      const third = await asked(ask, 'rollback_configuration', {
        configurationId: base,
        toVersion: 1,
        planHash: back.planHash,
        message: 'back',
      });
      expect(third).toMatchObject({ version: 3, rolledBackTo: 1 });
      const { versions } = await asked(ask, 'list_configuration_versions', { configurationId: base });
      expect((versions as { version: number }[]).map(({ version }) => version)).toEqual([3, 2, 1]);
      expect(await asked(ask, 'get_configuration', { configurationId: base, version: 2 })).toMatchObject({
        settings: { name: 'two' },
      });
      await vi.waitFor(
        async () =>
          expect(await asked(ask, 'get_configuration', { configurationId: base })).toMatchObject({
            version: 3,
            rollout: null,
          }),
        { timeout: 20_000 },
      );
      expect(await asked(ask, 'delete_configuration', { configurationId: base })).toMatchObject({
        configurationId: base,
      });
      expect((await ask('get_configuration', { configurationId: base })).body).toMatchObject({
        error: { code: 'configuration.not_found' },
      });
    }
  });

  it('are resolved alike, with the path, who won and who lost why', async () => {
    const ask = admin();
    const [base, network, compliance, production] = ['base', 'network', 'compliance', 'production'].map(named) as [
      string,
      string,
      string,
      string,
    ];
    await published(ask, base, {
      settings: { name: 'base', copyTags: true, tags: { Owner: 'platform', Tier: 'any' } },
    });
    await published(ask, network, { parents: [{ configurationId: base }], settings: { subnetId: SETTINGS.subnetId } });
    await published(ask, compliance, {
      parents: [{ configurationId: base }],
      settings: { tags: { Tier: 'regulated' } },
      locked: ['tags.Tier'],
    });
    const parents = [{ configurationId: network }, { configurationId: compliance }];
    await published(ask, production, {
      parents,
      settings: { name: 'production' },
      variants: { 'm7i.*': { monitoring: { enabled: true } } },
      unset: ['copyTags'],
    });

    const request = {
      configurationId: production,
      instanceType: 'm7i.large',
      overrides: { tags: { Tier: 'mine', Own: 'yes' } },
    };
    const answers = await Promise.all(ways.map((way) => asked(way.ask, 'resolve_configuration', request)));
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
    expect(answers[0]).toMatchObject({
      settings: {
        name: 'production',
        subnetId: SETTINGS.subnetId,
        monitoring: { enabled: true },
        tags: { Owner: 'platform', Tier: 'regulated', Own: 'yes' },
      },
      path: [production, network, compliance, base].map((configurationId) => ({ configurationId, version: 1 })),
      provenance: {
        copyTags: {
          winner: null,
          losers: [{ value: true, reason: 'unset', beatenBy: { configurationId: production } }],
        },
        'tags.Tier': {
          winner: { value: 'regulated', by: { configurationId: compliance } },
          losers: [
            { value: 'mine', reason: 'locked', by: { layer: 'overrides' }, beatenBy: { configurationId: compliance } },
            { value: 'any', reason: 'overridden' },
          ],
        },
      },
    });
    expect(answers[0]?.settings).not.toHaveProperty('copyTags');

    const { api } = pipeline.runtime;
    const authorization = `Bearer ${await api.issuer.token({ user: 'admin', groups: ['test-admin'] })}`;
    const url = `${api.url}/configurations/resolve?configurationId=${production}&instanceType=m7i.large&version=1`;
    const simple = (await (await fetch(url, { headers: { authorization } })).json()) as Fields;
    expect(simple).toMatchObject({ settings: { tags: { Tier: 'regulated' } }, path: answers[0]?.path });
  });

  it('are found by bindings: the user before groups of users, then the highest priority, then the default or an error', async () => {
    const ask = admin();
    const [one, two, three] = ['one', 'two', 'three'].map(named) as [string, string, string];
    for (const id of [one, two, three]) await published(ask, id, { settings: { name: id } });
    const user = named('alice');
    const bind = (kind: string, id: string, priority: number, configurationId: string) =>
      asked(ask, 'create_binding', { subject: { kind, id }, priority, configurationId });
    await bind('userGroup', `${user}-team`, 10, one);
    await bind('userGroup', `${user}-guild`, 20, two);
    const startOf = async (way: Way) =>
      (await asked(way.ask, 'resolve_configuration', { userId: user, userGroups: [`${user}-team`, `${user}-guild`] }))
        .configuration;
    for (const way of ways) expect(await startOf(way)).toEqual({ configurationId: two });
    const own = await bind('user', user, 1, three);
    for (const way of ways) expect(await startOf(way)).toEqual({ configurationId: three });

    const tie = await ask('create_binding', { subject: { kind: 'user', id: user }, priority: 1, configurationId: one });
    expect(tie.body).toMatchObject({ error: { code: 'binding.exists', details: [{ path: 'priority', value: 1 }] } });
    const stranger = await ask('resolve_configuration', { userId: named('nobody') });
    expect(stranger).toMatchObject({ status: 404, body: { error: { code: 'binding.unknown_subject' } } });
    await asked(ask, 'update_binding', { bindingId: own.bindingId, configurationId: one });
    for (const way of ways) expect(await startOf(way)).toEqual({ configurationId: one });
    for (const { bindingId } of (await asked(ask, 'list_bindings', {})).bindings as { bindingId: string }[])
      await asked(ask, 'delete_binding', { bindingId });
    expect(await asked(ask, 'list_bindings', {})).toEqual({ bindings: [] });
  });

  it('are drawn, with what a draft would affect, and exported for graph databases', async () => {
    const ask = admin();
    const [base, child] = [named('base'), named('child')];
    await published(ask, base, { settings: { name: 'base' } });
    await published(ask, child, { parents: [{ configurationId: base }] });
    await asked(ask, 'save_configuration_draft', { configurationId: base, settings: { name: 'other' } });
    for (const way of ways) {
      const graph = await asked(way.ask, 'get_configuration_graph', { configurationId: base, format: 'opencypher' });
      expect(graph).toMatchObject({
        nodes: [
          { configurationId: base, version: 1 },
          { configurationId: child, version: 1 },
        ],
        edges: [{ from: `${child}@1`, to: `${base}@1`, order: 0, pinned: false }],
        export: expect.stringContaining('MERGE'),
      });
      const planned = await asked(way.ask, 'get_configuration_graph', { configurationId: base, draft: true });
      expect(planned).toMatchObject({
        nodes: [{ version: null, affected: true }, { affected: true }],
        mermaid: expect.stringContaining('flowchart'),
      });
    }
  });
});

describe('groups that inherit', () => {
  it('get what is published, and nobody else is planned again', async () => {
    const ask = admin();
    const [base, other] = [named('base'), named('other')];
    await published(ask, base, { settings: { ...SETTINGS, name: 'before' } });
    await published(ask, other, { settings: { name: 'other' } });
    const following = await createdGroup(ask, { configuration: { configurationId: base } });
    const pinned = await createdGroup(ask, { configuration: { configurationId: base, version: 1 } });
    const own = await createdGroup(ask, { configuration: { configurationId: base }, launchConfig: { name: 'own' } });
    const elsewhere = await createdGroup(ask, { configuration: { configurationId: other } });
    expect(following.serverIds.map(liveName)).toEqual(['before', 'before']);

    await asked(ask, 'save_configuration_draft', { configurationId: base, settings: { ...SETTINGS, name: 'after' } });
    const plan = await asked(ask, 'plan_configuration_publish', { configurationId: base });
    expect(plan).toMatchObject({
      groups: 2,
      servers: 4,
      changedServers: 2,
      changes: [{ key: 'name', from: 'before', to: 'after', servers: 2, groups: [following.groupId] }],
    });
    await asked(ask, 'publish_configuration', { configurationId: base, planHash: plan.planHash, message: 'because' });

    await vi.waitFor(
      async () => {
        const group = await asked(ask, 'get_protection_group', { groupId: following.groupId });
        expect(group).toMatchObject({
          inherits: { state: 'current', versions: [{ configurationId: base, version: 2 }] },
          launchConfigStatus: { status: 'ready' },
        });
      },
      { timeout: 30_000, interval: 200 },
    );
    expect(following.serverIds.map(liveName)).toEqual(['after', 'after']);
    expect(own.serverIds.map(liveName)).toEqual(['own', 'own']);
    expect(pinned.serverIds.map(liveName)).toEqual(['before', 'before']);
    for (const { groupId } of [pinned, elsewhere])
      expect(await asked(ask, 'get_protection_group', { groupId })).toMatchObject({ generation: 1 });
    const rollout = async () => (await asked(ask, 'get_configuration', { configurationId: base })).rollout;
    await vi.waitFor(async () => expect(await rollout()).toBeNull(), { timeout: 30_000, interval: 200 });
  });

  it('keep the version before when too much fails with the new one, and are ready for a wave with it', async () => {
    const ask = admin();
    const base = named('base');
    await published(ask, base, { settings: { ...SETTINGS, name: 'good' } });
    const groups: Awaited<ReturnType<typeof createdGroup>>[] = [];
    for (let count = 0; count < 3; count += 1)
      groups.push(await createdGroup(ask, { configuration: { configurationId: base } }));
    await published(ask, base, { settings: { ...SETTINGS, name: 'bad', subnetId: 'subnet-0badbad0' } });

    await vi.waitFor(
      async () => {
        const { rollout } = await asked(ask, 'get_configuration', { configurationId: base });
        expect(rollout).toMatchObject({
          state: 'stopped',
          groups: 3,
          reached: 1,
          because: expect.stringContaining('2 of 2 servers'),
        });
      },
      { timeout: 30_000, interval: 200 },
    );
    const states = await Promise.all(groups.map(({ groupId }) => asked(ask, 'get_protection_group', { groupId })));
    expect(states.map(({ launchConfigStatus }) => (launchConfigStatus as { status: string }).status).sort()).toEqual([
      'failed',
      'ready',
      'ready',
    ]);
    const held = states.filter(({ inherits }) => (inherits as { state: string }).state === 'held');
    expect(held).toHaveLength(2);
    const wave = {
      executionId: named('e'),
      waveNumber: 1,
      groupIds: held.map(({ groupId }) => groupId),
      isDrill: true,
    };
    expect(await asked(ask, 'start_wave_recovery', wave)).toMatchObject({ status: 'started', path: 'fast' });

    await published(ask, base, { settings: { ...SETTINGS, name: 'better' } });
    await vi.waitFor(
      async () => {
        const now = await Promise.all(groups.map(({ groupId }) => asked(ask, 'get_protection_group', { groupId })));
        for (const group of now)
          expect(group).toMatchObject({ inherits: { state: 'current' }, launchConfigStatus: { status: 'ready' } });
      },
      { timeout: 60_000, interval: 200 },
    );
    expect(groups.flatMap(({ serverIds }) => serverIds).map(liveName)).toEqual(Array(6).fill('better'));
  });

  it('follow a binding of theirs, until it is gone', async () => {
    const ask = admin();
    const base = named('base');
    await published(ask, base, { settings: { ...SETTINGS, name: 'bound' } });
    const { groupId, serverIds } = await createdGroup(ask, { launchConfig: { copyTags: true } });
    const subject = { kind: 'protectionGroup', id: groupId };
    const { bindingId } = await asked(ask, 'create_binding', { subject, priority: 5, configurationId: base });
    await vi.waitFor(() => expect(serverIds.map(liveName)).toEqual(['bound', 'bound']), { timeout: 20_000 });
    await asked(ask, 'delete_binding', { bindingId });
    await vi.waitFor(
      async () =>
        expect(await asked(ask, 'get_protection_group', { groupId })).toMatchObject({
          inherits: null,
          launchConfigStatus: { status: 'ready' },
        }),
      { timeout: 20_000 },
    );
  });
});

describe('publishing is refused, on every way in', () => {
  it('for circles, unknown parents, orders that contradict each other and locks, naming them', async () => {
    const ask = admin();
    const [a, b, c, d] = ['a', 'b', 'c', 'd'].map(named) as [string, string, string, string];
    await published(ask, a, { settings: { name: 'a' }, locked: ['name'] });
    await published(ask, b, { parents: [{ configurationId: a }] });
    await published(ask, c, { parents: [{ configurationId: b }, { configurationId: a }] });
    const cases: [string, Fields, string][] = [
      [a, { parents: [{ configurationId: b }] }, 'configuration.cycle'],
      [b, { parents: [{ configurationId: 'nowhere' }] }, 'configuration.unknown_parent'],
      [d, { parents: [{ configurationId: a }, { configurationId: b }] }, 'configuration.inconsistent_order'],
      [d, { parents: [{ configurationId: a }], settings: { name: 'mine' } }, 'configuration.locked'],
    ];
    for (const [configurationId, stated, code] of cases) {
      await asked(ask, 'save_configuration_draft', { configurationId, ...stated });
      for (const way of ways) {
        const plan = await asked(way.ask, 'plan_configuration_publish', { configurationId });
        expect(plan).toMatchObject({ publishable: false, problems: [{ code }] });
        const refused = await way.ask('publish_configuration', {
          configurationId,
          planHash: plan.planHash,
          message: 'try',
        });
        expect(refused.body).toMatchObject({
          error: { code, retryable: false, details: [{ path: expect.stringContaining(configurationId) }] },
        });
        if (way.name !== 'direct') expect(refused.status).toBe(422);
      }
    }
  });

  it('to all but one of those who publish at once, who get the plan as it is now', async () => {
    const ask = admin();
    const [a, b] = [named('a'), named('b')];
    for (const id of [a, b]) await published(ask, id, { settings: { name: id } });
    await asked(ask, 'save_configuration_draft', { configurationId: a, parents: [{ configurationId: b }] });
    await asked(ask, 'save_configuration_draft', { configurationId: b, parents: [{ configurationId: a }] });
    const plans = await Promise.all(
      [a, b].map((configurationId) => asked(ask, 'plan_configuration_publish', { configurationId })),
    );
    expect(plans.map(({ publishable }) => publishable)).toEqual([true, true]);
    const told = await Promise.all(
      plans.map(({ configurationId, planHash }, index) =>
        (ways[index] as Way).ask('publish_configuration', { configurationId, planHash, message: 'race' }),
      ),
    );
    const [lost] = told.filter(({ body }) => 'error' in body);
    expect(told.filter(({ body }) => 'error' in body)).toHaveLength(1);
    expect(lost).toMatchObject({
      status: 409,
      body: {
        error: {
          code: 'configuration.plan_outdated',
          plan: { publishable: false, problems: [{ code: 'configuration.cycle' }] },
        },
      },
    });
  });

  it('to the author of what matters, and not to an approver', async () => {
    for (const way of ways) {
      const id = named('critical');
      await asked(way.as('author'), 'save_configuration_draft', { configurationId: id, settings: SETTINGS });
      await published(way.as('author'), id, { settings: SETTINGS });
      const { groupId } = await createdGroup(way.ask, { configuration: { configurationId: id } });
      const change = { ...SETTINGS, iamInstanceProfile: null };
      await asked(way.as('author'), 'save_configuration_draft', { configurationId: id, settings: change });
      const plan = await asked(way.as('author'), 'plan_configuration_publish', { configurationId: id });
      expect(plan).toMatchObject({ approval: { needed: true } });
      const publish = { configurationId: id, planHash: plan.planHash, message: 'mine' };
      const refused = await way.as('author')('publish_configuration', publish);
      expect(refused.body).toMatchObject({ error: { code: 'configuration.approval_needed' } });
      if (way.name !== 'direct') expect(refused.status).toBe(403);
      expect((await way.as('viewer')('publish_configuration', publish)).body).toMatchObject({
        error: { code: 'access.denied' },
      });
      expect(await asked(way.as('approver'), 'publish_configuration', publish)).toMatchObject({ version: 2 });
      await asked(way.ask, 'delete_protection_group', { groupId });
    }
  });
});
