import type { ConfigurationContent } from '@prelaunch/contracts/configuration';
import { operations } from '@prelaunch/contracts/operations';
import type { PublishPlan } from '@prelaunch/contracts/operations/configurations';
import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { group, serverIds } from '../../../../tests/support/builders.ts';
import { atEachAwait, type CrashPoint, crashing } from '../../../../tests/support/crashing.ts';
import { eachMethod, interrupted } from '../../../../tests/support/interrupting.ts';
import { member, type OperationWorld, operationWorld } from '../../../../tests/support/operation-world.ts';
import { agree, draftPlan, say } from '../../../../tests/support/plans.ts';
import { isPublished } from '../configuration/configuration.ts';
import { PlanOutdatedError } from '../configuration/configuration-errors.ts';
import { lineages } from '../configuration/graph.ts';
import { loadGraph } from '../configuration/load-graph.ts';
import { serveOperation } from './serve-operation.ts';

const AUTHOR = { principal: member('author') };
const OTHER_AUTHOR = { principal: member('author', 'viewer') };
const APPROVER = { principal: member('approver') };
const VIEWER = { principal: member('viewer') };

let world: OperationWorld;
beforeEach(() => {
  world = operationWorld();
});

type Said = Partial<ConfigurationContent>;

const ofBase = { configurationId: 'base' };
const PUBLISH = { operation: 'publish_configuration', configurationId: 'base', message: 'because' } as const;
const PLAN = { operation: 'plan_configuration_publish', configurationId: 'base' } as const;
const DRAFT = { operation: 'get_configuration_draft', configurationId: 'base' } as const;
const ROLLBACK = { operation: 'rollback_configuration', configurationId: 'base', message: 'back' } as const;

/** A group of so many servers that inherits everything from the base. */
async function followers(count: number, groupId = 'payments'): Promise<void> {
  const { launchConfig: _none, ...bare } = group({ groupId, serverIds: serverIds(count), configuration: ofBase });
  await world.put(bare);
}

async function heads(): Promise<Record<string, number>> {
  const { heads } = await world.configurations.catalogue();
  return Object.fromEntries(Object.entries(heads).map(([id, { version }]) => [id, version]));
}

/** What reads and writes of an operation go through. */
function ports({ configurations, groups, bindings, audit, events }: OperationWorld) {
  return { configurations, groups, bindings, audit, events };
}

type Ports = ReturnType<typeof ports>;

/** Asks as somebody whose reads and writes go through other ports. */
function askThrough(deps: Ports, input: object, as = AUTHOR) {
  const call = { input, ...as, requestId: `through-${JSON.stringify(as.principal.id)}`, waitMs: 0, waveWaitMs: 0 };
  return serveOperation(call, { ...world, ...deps });
}

describe('publish_configuration', () => {
  it('publishes what was planned, with who and why, and the draft is gone', async () => {
    await followers(3);
    const plan = await draftPlan(world, 'base', { settings: { name: 'one' }, owner: 'platform' }, AUTHOR);
    expect(operations.plan_configuration_publish.response.strict().parse(plan)).toEqual(plan);
    expect(plan).toMatchObject({ publishable: true, groups: 1, changedServers: 3, basedOn: null, version: 1 });
    const answer = await agree(world, plan, AUTHOR);
    expect(operations.publish_configuration.response.strict().parse(answer)).toEqual(answer);
    expect(answer).toEqual({
      ...ofBase,
      version: 1,
      author: 'author@example.com',
      publishedAt: expect.any(String),
      message: 'because',
      hash: expect.stringMatching(/^sha256:/),
      rolledBackTo: null,
      catalogueRevision: 1,
      groups: 1,
      changedServers: 3,
    });
    await expect(world.ask(DRAFT)).rejects.toMatchObject({ code: 'configuration.draft_not_found' });
    expect(world.records.filter(({ kind }) => kind === 'change').at(-1)).toMatchObject({
      action: 'publish_configuration',
      actor: 'cognito:author',
      configurationId: 'base',
      afterHash: answer.hash,
      result: 'done',
    });
  });

  it('changes nothing by being planned', async () => {
    await draftPlan(world, 'base', { settings: { name: 'one' } });
    expect(await heads()).toEqual({});
    expect(await world.configurations.history('base', { limit: 1 })).toEqual([]);
    expect(await world.ask(DRAFT)).toMatchObject({ generation: 1 });
  });

  it.each<[string, () => Promise<unknown>]>([
    ['the draft', () => world.ask({ operation: 'save_configuration_draft', ...ofBase, settings: { name: 'other' } })],
    ['the graph', () => say(world, 'elsewhere', {})],
    ['a group', async () => world.put({ ...(await world.group()), launchConfig: { name: 'own' } })],
  ])('is refused with the plan as it is now when %s has changed since', async (_what, change) => {
    await followers(3);
    const plan = await draftPlan(world, 'base', { settings: { name: 'one' } });
    await change();
    const error = await agree(world, plan).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(PlanOutdatedError);
    const { code, problems, plan: fresh } = error as PlanOutdatedError;
    expect({ code, problems }).toMatchObject({
      code: 'configuration.plan_outdated',
      problems: [{ path: 'planHash', value: plan.planHash, allowed: fresh.planHash }],
    });
    expect(fresh).toEqual(await world.ask(PLAN));
    expect(fresh.planHash).not.toBe(plan.planHash);
    expect(await heads()).not.toHaveProperty('base');
    expect(await agree(world, fresh)).toMatchObject({ version: 1 });
  });

  it('is refused with every problem, and shows nothing of it', async () => {
    await say(world, 'base', { settings: { tenancy: 'default' }, locked: ['tenancy'] });
    const said: Said = { parents: [ofBase], settings: { tenancy: 'host' }, unset: ['tenancy'] };
    const plan = await draftPlan(world, 'web', said);
    expect(plan.publishable).toBe(false);
    await expect(agree(world, plan)).rejects.toMatchObject({
      code: 'configuration.locked',
      problems: [{ path: 'configurations.web.settings.tenancy' }, { path: 'configurations.web.unset.0' }],
    });
    expect(await heads()).toEqual({ base: 1 });
  });

  it('is refused where nothing waits, where nothing is new, and where somebody has published since', async () => {
    const planHash = `sha256:${'0'.repeat(64)}`;
    await expect(world.ask({ ...PUBLISH, planHash })).rejects.toMatchObject({ code: 'configuration.draft_not_found' });
    await say(world, 'base', { settings: { name: 'one' } });
    const same = await draftPlan(world, 'base', { settings: { name: 'one' } });
    await expect(agree(world, same)).rejects.toMatchObject({ code: 'configuration.unchanged' });
    await world.ask({ operation: 'save_configuration_draft', ...ofBase, settings: { name: 'two' } });
    const [version] = await world.configurations.history('base', { limit: 1 });
    const catalogue = await world.configurations.catalogue();
    if (version) await world.configurations.addVersion({ ...version, version: 2 });
    await world.configurations.saveCatalogue({ ...catalogue, heads: { base: { version: 2 } } });
    await expect(world.ask(PLAN)).rejects.toMatchObject({
      code: 'configuration.draft_outdated',
      problems: [{ value: 1, allowed: expect.stringContaining('version 2') }],
    });
  });

  it('lets a draft stay that somebody saved while it was being published', async () => {
    const plan = await draftPlan(world, 'base', { settings: { name: 'one' } });
    const later = { operation: 'save_configuration_draft', ...ofBase, settings: { name: 'two' } };
    const events = {
      ...world.events,
      publish: async () => {
        await world.ask(later);
      },
    };
    await askThrough(
      { ...ports(world), events },
      { ...PUBLISH, planHash: plan.planHash },
      { principal: member('admins') },
    );
    expect(await world.ask(DRAFT)).toMatchObject({ settings: { name: 'two' }, basedOn: 1 });
    expect(await heads()).toEqual({ base: 1 });
  });

  it('answers the same version to whoever repeats it, and nothing of it to anybody else', async () => {
    const plan = await draftPlan(world, 'base', { settings: { name: 'one' } }, AUTHOR);
    const first = await agree(world, plan, AUTHOR);
    expect(await agree(world, plan, AUTHOR)).toEqual({ ...first, groups: 0, changedServers: 0 });
    await expect(agree(world, plan, OTHER_AUTHOR)).rejects.toMatchObject({ code: 'configuration.draft_not_found' });
    expect(world.records.filter(({ kind, action }) => kind === 'change' && action === PUBLISH.operation)).toHaveLength(
      2,
    );
    expect(new Set(world.records.filter(({ kind }) => kind === 'change').map(({ recordId }) => recordId)).size).toBe(2);
    expect(await heads()).toEqual({ base: 1 });
  });

  it('answers a repeat with a key as it answered first, and refuses the key for another plan', async () => {
    const plan = await draftPlan(world, 'base', { settings: { name: 'one' } });
    const request = { ...PUBLISH, planHash: plan.planHash, idempotencyKey: 'key-1' };
    const first = await world.ask(request);
    await say(world, 'base', { settings: { name: 'two' } });
    expect(await world.ask(request)).toEqual(first);
    const other = { ...request, planHash: `sha256:${'0'.repeat(64)}` };
    await expect(world.ask(other)).rejects.toMatchObject({ code: 'idempotency.mismatch' });
    expect(await heads()).toEqual({ base: 2 });
  });

  it('goes on with numbers where a deleted configuration ended', async () => {
    await say(world, 'base', { settings: { name: 'one' } });
    await world.ask({ operation: 'delete_configuration', ...ofBase });
    const plan = await draftPlan(world, 'base', { settings: { name: 'one' } });
    expect(plan).toMatchObject({ version: 2, basedOn: null, publishable: true });
    expect(await agree(world, plan)).toMatchObject({ version: 2 });
    expect(await draftPlan(world, 'constructor', {})).toMatchObject({ version: 1 });
  });

  it.each<[string, object, string]>([
    [
      'nine parents',
      { parents: Array.from({ length: 9 }, (_, index) => ({ configurationId: `c${index}` })) },
      'parents',
    ],
    ['one parent twice', { parents: [{ configurationId: 'one' }, { configurationId: 'one', version: 1 }] }, 'parents'],
    ['version 0 of a parent', { parents: [{ configurationId: 'one', version: 0 }] }, 'parents.0.version'],
    ['501 locks', { locked: Array.from({ length: 501 }, (_, index) => `tags.k${index}`) }, 'locked'],
    ['a key that is none', { unset: ['nothing'] }, 'unset.0'],
    ['a key twice', { unset: ['name', 'name'] }, 'unset'],
    [
      'an instance type in a variant',
      { variants: { 'm7i.*': { instanceType: 'm7i.large' } } },
      'variants.m7i.*.instanceType',
    ],
    ['a pattern of four stars', { variants: { '****': {} } }, 'variants.****'],
    ['an unknown setting', { settings: { userData: 'x' } }, 'settings.userData'],
    ['a long name', { settings: { name: 'x'.repeat(129) } }, 'settings.name'],
    ['a long tag', { settings: { tags: { k: 'x'.repeat(257) } } }, 'settings.tags.k'],
    ['a long description', { description: 'x'.repeat(1025) }, 'description'],
    ['a long owner', { owner: 'x'.repeat(257) }, 'owner'],
    ['the id of a path', { configurationId: 'resolve' }, 'configurationId'],
    ['an id that is none', { configurationId: '-base' }, 'configurationId'],
  ])('has no draft with %s', async (_what, said, path) => {
    const draft = { operation: 'save_configuration_draft', ...ofBase, ...said };
    await expect(world.ask(draft)).rejects.toMatchObject({ code: 'request.invalid', problems: [{ path }] });
    expect(await world.configurations.draft('base')).toBeUndefined();
  });

  it('has no draft of more keys, or of more text, than a version may have', async () => {
    const tags = (count: number, value: string) =>
      Object.fromEntries(Array.from({ length: count }, (_, index) => [`k${index}`, value]));
    const variants = (count: number, value: string) =>
      Object.fromEntries(Array.from({ length: count }, (_, index) => [`m${index}.*`, { tags: tags(50, value) }]));
    const draft = (said: Said) => world.ask({ operation: 'save_configuration_draft', ...ofBase, ...said });
    const most = { variants: variants(9, ''), settings: { tags: tags(48, '') }, unset: ['name'], locked: ['name'] };
    expect(await draft(most)).toMatchObject({ generation: 1 });
    await expect(draft({ ...most, locked: ['name', 'copyTags'] })).rejects.toMatchObject({
      problems: [{ path: 'settings', allowed: expect.stringContaining('500 keys') }],
    });
    await expect(draft({ variants: variants(8, 'x'.repeat(250)) })).rejects.toMatchObject({
      problems: [{ path: 'settings', allowed: expect.stringContaining('100000 bytes') }],
    });
  });

  it.each<[string, object, string]>([
    ['hash that is none', { planHash: 'sha256:0' }, 'planHash'],
    ['message without words', { message: '' }, 'message'],
    ['message that is long', { message: 'x'.repeat(1025) }, 'message'],
    ['share above 1', { maxFailureShare: 1.5 }, 'maxFailureShare'],
    ['share below 0', { maxFailureShare: -0.1 }, 'maxFailureShare'],
  ])('takes no %s', async (_what, stated, path) => {
    const request = { ...PUBLISH, planHash: `sha256:${'0'.repeat(64)}`, ...stated };
    await expect(world.ask(request)).rejects.toMatchObject({ code: 'request.invalid', problems: [{ path }] });
  });
});

describe('four eyes', () => {
  const critical: Said = { settings: { iamInstanceProfile: 'recovery' } };
  const harmless: Said = { settings: { copyTags: true } };

  async function published(said: Said, by: object, writtenBy: readonly object[] = [AUTHOR]) {
    for (const author of writtenBy)
      await world.ask({ operation: 'save_configuration_draft', ...ofBase, ...said }, author);
    const plan = (await world.ask(PLAN, by)) as PublishPlan;
    return { plan, done: agree(world, plan, by) };
  }

  it.each([
    [24, harmless, 'may'],
    [25, harmless, 'may not'],
    [1, critical, 'may not'],
    [0, critical, 'may'],
    [0, harmless, 'may'],
  ])('of a draft that changes %d servers by %j, the author %s publish it', async (count, said, verdict) => {
    if (count > 0) await followers(count);
    const { plan, done } = await published(said, AUTHOR);
    if (verdict === 'may') expect(await done).toMatchObject({ version: 1, changedServers: count });
    else await expect(done).rejects.toMatchObject({ code: 'configuration.approval_needed' });
    expect(plan.approval.needed).toBe(verdict === 'may not');
    expect(await heads()).toEqual(verdict === 'may' ? { base: 1 } : {});
  });

  it.each([
    ['an approver', APPROVER],
    ['another author', OTHER_AUTHOR],
  ])('lets %s publish it', async (_who, principal) => {
    await followers(25);
    const { plan, done } = await published(critical, principal);
    expect(await done).toMatchObject({ version: 1, author: principal.principal.label });
    expect(plan.approval).toEqual({ needed: true, because: ['servers that change: 25', 'keys of class critical'] });
  });

  it('takes everybody for an author who saved the draft since something was published, discarded or not', async () => {
    await followers(25);
    const authors = [AUTHOR, OTHER_AUTHOR, { principal: member('admins') }];
    for (const author of authors) {
      const { done } = await published(harmless, author, authors);
      await expect(done).rejects.toMatchObject({ code: 'configuration.approval_needed' });
    }
    await world.ask({ operation: 'discard_configuration_draft', ...ofBase });
    const { done } = await published(harmless, AUTHOR, [OTHER_AUTHOR]);
    await expect(done).rejects.toMatchObject({ code: 'configuration.approval_needed' });
    expect(await (await published(harmless, APPROVER, [AUTHOR])).done).toMatchObject({ version: 1 });
  });

  it('tells what it takes, and has the denial in the records', async () => {
    await followers(25);
    const { done } = await published(harmless, AUTHOR);
    await expect(done).rejects.toMatchObject({
      message: expect.stringContaining('servers that change: 25'),
      problems: [{ path: 'configurationId', value: 'base', allowed: expect.stringContaining('has not saved') }],
    });
    expect(world.records.at(-1)).toMatchObject({
      kind: 'decision',
      action: 'publish_configuration',
      actor: 'cognito:author',
      configurationId: 'base',
      result: 'denied',
      policies: ['four-eyes'],
    });
  });

  it('is told the same to everybody who looks at the plan', async () => {
    await followers(25);
    await draftPlan(world, 'base', critical, AUTHOR);
    for (const as of [AUTHOR, OTHER_AUTHOR, APPROVER, VIEWER])
      expect(await world.ask(PLAN, as)).toMatchObject({
        approval: { needed: true, because: ['servers that change: 25', 'keys of class critical'] },
      });
  });

  it('asks nobody who may not publish at all for a second one', async () => {
    await followers(25);
    const { planHash } = await draftPlan(world, 'base', critical, AUTHOR);
    await expect(world.ask({ ...PUBLISH, planHash }, VIEWER)).rejects.toMatchObject({ code: 'access.denied' });
  });

  it('is asked when everything else is known, so that a plan that is refused for itself is', async () => {
    await followers(25);
    const plan = await draftPlan(world, 'base', critical, AUTHOR);
    await say(world, 'elsewhere', {});
    await expect(agree(world, plan, AUTHOR)).rejects.toMatchObject({ code: 'configuration.plan_outdated' });
  });

  it('refuses as anybody who may not do it whom the gate lets ask, and not publish', async () => {
    const { planHash } = await draftPlan(world, 'base', harmless);
    const gate: OperationWorld['gate'] = {
      decide: (question) =>
        question.publishing === undefined ? world.gate.decide(question) : { allowed: false, policies: ['freeze'] },
    };
    const call = {
      input: { ...PUBLISH, planHash },
      principal: member('admins'),
      requestId: 'r',
      waitMs: 0,
      waveWaitMs: 0,
    };
    await expect(serveOperation(call, { ...world, gate })).rejects.toMatchObject({
      code: 'access.denied',
      problems: [{ path: 'configurationId', value: 'base' }],
    });
    expect(world.records.at(-1)).toMatchObject({ recordId: 'r/approval', result: 'denied', policies: ['freeze'] });
  });
});

describe('rollback_configuration', () => {
  async function planned(toVersion: number, as = AUTHOR): Promise<PublishPlan> {
    return (await world.ask({ ...PLAN, toVersion }, as)) as PublishPlan;
  }

  it('publishes what an earlier version says, as a new one', async () => {
    for (const name of ['one', 'two']) await say(world, 'base', { settings: { name }, description: name });
    const plan = await planned(1);
    expect(plan).toMatchObject({ version: 3, basedOn: 2, approval: { needed: false, because: [] } });
    const answer = await world.ask({ ...ROLLBACK, toVersion: 1, planHash: plan.planHash }, AUTHOR);
    expect(answer).toMatchObject({ version: 3, rolledBackTo: 1, message: 'back', author: 'author@example.com' });
    const [three, , one] = await world.configurations.history('base', { limit: 3 });
    expect(three).toMatchObject({ settings: { name: 'one' }, description: 'one', hash: one?.hash });
    expect(world.records.at(-1)).toMatchObject({
      kind: 'change',
      action: 'rollback_configuration',
      afterHash: one?.hash,
    });
  });

  it('needs nobody else, however much it changes, whoever wrote it', async () => {
    for (const name of ['one', 'two'])
      await say(world, 'base', { settings: { name, iamInstanceProfile: name } }, AUTHOR);
    await followers(30);
    const plan = await planned(1);
    expect(plan).toMatchObject({ changedServers: 30, approval: { needed: false } });
    expect(await world.ask({ ...ROLLBACK, toVersion: 1, planHash: plan.planHash }, AUTHOR)).toMatchObject({
      version: 3,
    });
  });

  it('leaves a draft that waits, which is outdated then', async () => {
    for (const name of ['one', 'two']) await say(world, 'base', { settings: { name } });
    await draftPlan(world, 'base', { settings: { name: 'three' } });
    const plan = await planned(1);
    await world.ask({ ...ROLLBACK, toVersion: 1, planHash: plan.planHash });
    expect(await world.ask(DRAFT)).toMatchObject({ settings: { name: 'three' }, basedOn: 2 });
    await expect(world.ask(PLAN)).rejects.toMatchObject({ code: 'configuration.draft_outdated' });
  });

  it('is not the plan of the draft, and that is not its', async () => {
    for (const name of ['one', 'two']) await say(world, 'base', { settings: { name } });
    const draft = await draftPlan(world, 'base', { settings: { name: 'three' } });
    const back = await planned(1);
    const crossed = [
      { ...PUBLISH, planHash: back.planHash },
      { ...ROLLBACK, toVersion: 1, planHash: draft.planHash },
    ];
    for (const request of crossed)
      await expect(world.ask(request)).rejects.toMatchObject({ code: 'configuration.plan_outdated' });
  });

  it.each([
    [3, 'configuration.not_found', 'toVersion'],
    [2, 'configuration.unchanged', 'configurationId'],
  ])('to version %d of two is refused with %s', async (toVersion, code, path) => {
    for (const name of ['one', 'two']) await say(world, 'base', { settings: { name } });
    const plan = planned(toVersion).then(({ planHash }) => world.ask({ ...ROLLBACK, toVersion, planHash }));
    await expect(plan).rejects.toMatchObject({ code, problems: [{ path }] });
  });

  it('is a right of its own, which takes none to publish', async () => {
    for (const name of ['one', 'two']) await say(world, 'base', { settings: { name } });
    const { planHash } = await planned(1);
    const gate: OperationWorld['gate'] = {
      decide: (question) =>
        question.action === 'publish_configuration' ? { allowed: false, policies: [] } : world.gate.decide(question),
    };
    const input = { ...ROLLBACK, toVersion: 1, planHash };
    const call = { input, ...AUTHOR, requestId: 'r', waitMs: 0, waveWaitMs: 0 };
    expect((await serveOperation(call, { ...world, gate })).response).toMatchObject({ version: 3 });
  });

  it('is for whoever may do that, and answers a repeat the same version', async () => {
    for (const name of ['one', 'two']) await say(world, 'base', { settings: { name } });
    const { planHash } = await planned(1, APPROVER);
    const request = { ...ROLLBACK, toVersion: 1, planHash };
    await expect(world.ask(request, VIEWER)).rejects.toMatchObject({ code: 'access.denied' });
    const first = await world.ask(request, APPROVER);
    expect(await world.ask(request, APPROVER)).toMatchObject({ ...first, groups: 0 });
  });
});

describe('two who publish at once', () => {
  /** One publishes whole before each call that the other makes, one after the other. */
  async function atEachCall(
    prepare: () => Promise<{ readonly first: object; readonly second: () => Promise<unknown> }>,
    check: (outcome: { readonly first: unknown; readonly second: unknown; readonly at: number }) => Promise<void>,
  ): Promise<void> {
    for (let at = 1, last = false; !last; at += 1) {
      world = operationWorld();
      const { first, second } = await prepare();
      let done: unknown = 'not yet';
      const { deps, calls } = interrupted(ports(world), at, async () => {
        done = await second().catch((error: unknown) => error);
      });
      const outcome = await askThrough(deps, first).then(
        ({ response }) => response,
        (error: unknown) => error,
      );
      last = calls() < at;
      if (last) expect(at).toBeGreaterThan(8);
      else await check({ first: outcome, second: done, at });
    }
  }

  it('never make a circle of what each of them may publish: one wins, and the other gets the plan as it is then', async () => {
    await atEachCall(
      async () => {
        for (const id of ['a', 'b']) await say(world, id, {});
        const plans = {
          a: await draftPlan(world, 'a', { parents: [{ configurationId: 'b' }] }),
          b: await draftPlan(world, 'b', { parents: [{ configurationId: 'a' }] }),
        };
        const { planHash } = plans.a;
        return { first: { ...PUBLISH, configurationId: 'a', planHash }, second: () => agree(world, plans.b) };
      },
      async ({ first, second, at }) => {
        const catalogue = await world.configurations.catalogue();
        for (const configurationId of ['a', 'b']) {
          const graph = await loadGraph([{ configurationId }], catalogue, world.configurations);
          expect(lineages(graph)({ configurationId }).kind, `before call ${at}`).toBe('path');
        }
        const [winner, loser] = first instanceof Error ? [second, first] : [first, second];
        expect(winner, `before call ${at}`).toMatchObject({ version: 2 });
        expect(loser, `before call ${at}`).toBeInstanceOf(PlanOutdatedError);
        expect((loser as PlanOutdatedError).plan.problems[0]).toMatchObject({ code: 'configuration.cycle' });
      },
    );
  });

  it('each get what is theirs of different configurations, if they look again', async () => {
    await atEachCall(
      async () => {
        const [one, other] = [await draftPlan(world, 'one', {}), await draftPlan(world, 'other', {})];
        return {
          first: { ...PUBLISH, configurationId: 'one', planHash: one.planHash },
          second: () => agree(world, other),
        };
      },
      async ({ first, second, at }) => {
        const lost = [first, second].filter((outcome) => outcome instanceof PlanOutdatedError);
        expect(lost, `before call ${at}`).toHaveLength(1);
        for (const { plan } of lost) expect(await agree(world, plan)).toMatchObject({ version: expect.any(Number) });
        expect(Object.keys(await heads()).sort()).toEqual(['one', 'other']);
      },
    );
  });

  it('of one draft publish it once, and whoever comes second is told so', async () => {
    await atEachCall(
      async () => {
        const { planHash } = await draftPlan(world, 'base', { settings: { name: 'one' } });
        return { first: { ...PUBLISH, planHash }, second: () => agree(world, { ...ofBase, planHash }, OTHER_AUTHOR) };
      },
      async ({ first, second, at }) => {
        const refused = [first, second].filter((outcome) => outcome instanceof Error) as { code?: string }[];
        expect(refused, `before call ${at}`).toHaveLength(1);
        // Whoever looks for the draft when it was published already finds none.
        expect(['plan_outdated', 'draft_outdated', 'draft_not_found'].map((code) => `configuration.${code}`)).toContain(
          refused[0]?.code,
        );
        const catalogue = await world.configurations.catalogue();
        const versions = await world.configurations.history('base', { limit: 10 });
        expect(versions.filter((version) => isPublished(catalogue, version))).toHaveLength(1);
      },
    );
  });

  it('are one, who repeated a request that had not been answered: both get the same version', async () => {
    await atEachCall(
      async () => {
        const { planHash } = await draftPlan(world, 'base', { settings: { name: 'one' } }, AUTHOR);
        return { first: { ...PUBLISH, planHash }, second: () => agree(world, { ...ofBase, planHash }, AUTHOR) };
      },
      async ({ first, second, at }) => {
        expect([first, second], `before call ${at}`).toMatchObject([{ version: 1 }, { version: 1 }]);
        expect((await world.configurations.catalogue()).heads).toEqual({ base: { version: 1 } });
      },
    );
  });

  it('in whatever order what they do takes effect, leave a graph in which everything has a path', async () => {
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), async (scheduler) => {
        world = operationWorld();
        for (const id of ['a', 'b', 'c']) await say(world, id, {});
        const plans = [
          await draftPlan(world, 'a', { parents: [{ configurationId: 'b' }] }),
          await draftPlan(world, 'b', { parents: [{ configurationId: 'c' }] }),
          await draftPlan(world, 'c', { parents: [{ configurationId: 'a' }] }),
        ];
        const deps = eachMethod(ports(world), (call) => scheduler.scheduleFunction(call));
        const asked = plans.map(({ configurationId, planHash }) =>
          askThrough(deps, { ...PUBLISH, configurationId, planHash }),
        );
        const outcomes = await scheduler.waitFor(Promise.allSettled(asked));
        const won = outcomes.filter(({ status }) => status === 'fulfilled');
        expect(won).toHaveLength(1);
        for (const outcome of outcomes)
          if (outcome.status === 'rejected') expect(outcome.reason).toBeInstanceOf(PlanOutdatedError);
        const catalogue = await world.configurations.catalogue();
        expect(catalogue.revision).toBe(4);
        for (const configurationId of ['a', 'b', 'c']) {
          const graph = await loadGraph([{ configurationId }], catalogue, world.configurations);
          expect(lineages(graph)({ configurationId }).kind).toBe('path');
        }
      }),
      { numRuns: 100 },
    );
  });
});

describe('a publisher that stops', () => {
  it.each(['publish_configuration', 'rollback_configuration'] as const)(
    'at any await of %s loses nothing, and may ask again',
    async (operation) => {
      const calls = await atEachAwait(async (point: CrashPoint) => {
        world = operationWorld();
        for (const name of ['one', 'two']) await say(world, 'base', { settings: { name } });
        const plan =
          operation === 'publish_configuration'
            ? await draftPlan(world, 'base', { settings: { name: 'new' } }, AUTHOR)
            : ((await world.ask({ ...PLAN, toVersion: 1 }, AUTHOR)) as PublishPlan);
        const { planHash } = plan;
        const request =
          operation === 'publish_configuration' ? { ...PUBLISH, planHash } : { ...ROLLBACK, toVersion: 1, planHash };
        const died = crashing(ports(world), point);
        await askThrough(died.deps, request).catch(() => undefined);
        return {
          calls: died.calls(),
          check: async () => {
            const again = await world.ask(request, AUTHOR);
            expect(again).toMatchObject({ version: 3, message: request.message });
            const catalogue = await world.configurations.catalogue();
            expect(catalogue).toMatchObject({ revision: 3, heads: { base: { version: 3 } } });
            expect((await world.configurations.draft('base'))?.discarded).toBe(true);
            const change = world.records.filter(({ kind, action }) => kind === 'change' && action === operation);
            expect(new Set(change.map(({ recordId }) => recordId)).size).toBe(operation === PUBLISH.operation ? 3 : 1);
          },
        };
      });
      expect(calls).toBeGreaterThan(8);
    },
  );
});
