import { beforeEach, describe, expect, it, vi } from 'vitest';
import { group, serverIds } from '../../../../tests/support/builders.ts';
import { type OperationWorld, operationWorld } from '../../../../tests/support/operation-world.ts';
import { draftPlan, say } from '../../../../tests/support/plans.ts';
import { logger } from '../runtime/logger.ts';
import { serveRest } from './serve-rest.ts';

let world: OperationWorld;
beforeEach(async () => {
  for (const level of ['info', 'warn'] as const) vi.spyOn(logger, level).mockReturnValue();
  world = operationWorld();
  await say(world, 'base', { settings: { name: 'one' }, variants: { 'm7i.*': { tenancy: 'host' } } });
});

type Query = Readonly<Record<string, string>>;

interface Asked {
  readonly query?: Query;
  readonly body?: object;
  readonly headers?: Query;
  readonly groups?: string;
}

async function served(httpMethod: string, path: string, { query, body, headers = {}, groups = 'admins' }: Asked = {}) {
  const event = {
    httpMethod,
    path,
    headers,
    queryStringParameters: query ?? null,
    body: body === undefined ? null : JSON.stringify(body),
    requestContext: {
      authorizer: { claims: { 'cognito:username': `${groups}@example.com`, 'cognito:groups': groups } },
    },
  };
  const answer = await serveRest(event, 'invocation-1', world);
  return { ...answer, body: JSON.parse(answer.body) as Record<string, unknown> };
}

const RESOLVE = '/configurations/resolve';

describe('GET /configurations/resolve', () => {
  it('takes what is asked as text: a number, a list with commas in between', async () => {
    await say(world, 'base', { settings: { name: 'two' } });
    const group = { kind: 'userGroup', id: 'team' };
    const bound = { subject: group, priority: 0, configurationId: 'base' };
    await served('POST', '/bindings', { body: bound });
    expect(await served('GET', RESOLVE, { query: { configurationId: 'base', version: '1' } })).toMatchObject({
      statusCode: 200,
      body: { settings: { name: 'one' } },
    });
    expect(await served('GET', RESOLVE, { query: { userId: 'alice', userGroups: 'guild,team' } })).toMatchObject({
      statusCode: 200,
      body: { bindingId: 'userGroup:team:0', settings: { name: 'two' } },
    });
    const typed = { configurationId: 'base', version: '1', instanceType: 'm7i.large' };
    expect(await served('GET', RESOLVE, { query: typed })).toMatchObject({ body: { settings: { tenancy: 'host' } } });
  });

  it('answers the same as POST, which also takes overrides', async () => {
    const { statusCode, body } = await served('GET', RESOLVE, { query: { configurationId: 'base' } });
    expect(await served('POST', RESOLVE, { body: { configurationId: 'base' } })).toMatchObject({ statusCode, body });
    const overrides = { name: 'mine' };
    expect(await served('POST', RESOLVE, { body: { configurationId: 'base', overrides } })).toMatchObject({
      statusCode: 200,
      body: { settings: overrides },
    });
  });

  it.each<[Query, string]>([
    [{ configurationId: 'base', version: 'newest' }, 'version'],
    [{ configurationId: 'base', version: '0' }, 'version'],
    [{ configurationId: 'base', version: '1.5' }, 'version'],
    [{ configurationId: 'base', version: '' }, 'version'],
    [{ userId: 'alice', userGroups: '' }, 'userGroups.0'],
    [{ userId: 'alice', userGroups: 'team,' }, 'userGroups.1'],
    [{}, 'userId'],
    [{ configurationId: 'base', overrides: '{}' }, 'overrides'],
    [{ configurationId: 'base', operation: 'delete_configuration' }, 'operation'],
    [{ configurationId: 'base', invokedBy: 'me' }, 'invokedBy'],
  ])('refuses the query %j', async (query, path) => {
    expect(await served('GET', RESOLVE, { query })).toMatchObject({
      statusCode: 400,
      body: { error: { code: 'request.invalid', details: [{ path }] } },
    });
  });

  it('is no configuration of that name', async () => {
    for (const method of ['DELETE', 'GET']) expect((await served(method, RESOLVE)).statusCode).toBe(400);
    expect(await served('PUT', RESOLVE)).toMatchObject({ statusCode: 405, headers: { allow: 'GET, POST, DELETE' } });
  });
});

describe('configurations over HTTP', () => {
  it('takes numbers and truth values of a query for what they are', async () => {
    await say(world, 'base', { settings: { name: 'two' } });
    expect(await served('GET', '/configurations/base', { query: { version: '1' } })).toMatchObject({
      body: { version: 1 },
    });
    const compared = { fromVersion: '1', toVersion: '2' };
    expect(await served('GET', '/configurations/base/compare', { query: compared })).toMatchObject({
      body: { same: false, fromVersion: 1 },
    });
    expect(await served('GET', '/configurations/base/publish-plan', { query: { toVersion: '1' } })).toMatchObject({
      body: { version: 3 },
    });
    expect(await served('GET', '/configurations', { query: { limit: '1' } })).toMatchObject({ statusCode: 200 });
    await draftPlan(world, 'base', {});
    const graph = (query: Query) => served('GET', '/configuration-graph', { query });
    expect(await graph({ configurationId: 'base', draft: 'true' })).toMatchObject({
      body: { nodes: [{ version: null }] },
    });
    expect(await graph({ configurationId: 'base', draft: 'false' })).toMatchObject({
      body: { nodes: [{ version: 2 }] },
    });
    for (const draft of ['1', 'TRUE', ''])
      expect(await graph({ draft })).toMatchObject({
        statusCode: 400,
        body: { error: { details: [{ path: 'draft', value: draft, allowed: 'true or false' }] } },
      });
  });

  it('has the generation of a draft as its ETag, and takes it back with If-Match', async () => {
    const draft = (headers: Query, name: string) =>
      served('PUT', '/configurations/base/draft', { headers, body: { settings: { name } } });
    // The counter goes on from the draft that was published.
    expect(await draft({ 'If-Match': '"0"' }, 'a')).toMatchObject({ statusCode: 200, headers: { etag: '"3"' } });
    expect(await draft({ 'if-match': '"3"' }, 'b')).toMatchObject({ statusCode: 200, headers: { etag: '"4"' } });
    expect(await draft({ 'If-Match': '"3"' }, 'c')).toMatchObject({
      statusCode: 409,
      headers: { etag: '"4"' },
      body: { error: { code: 'configuration.draft_mismatch' } },
    });
    expect(await draft({ 'If-Match': '*' }, 'd')).toMatchObject({ headers: { etag: '"5"' } });
    expect(await served('GET', '/configurations/base/draft')).toMatchObject({
      headers: { etag: '"5"' },
      body: { generation: 5, settings: { name: 'd' } },
    });
    const discarded = await served('DELETE', '/configurations/base/draft', { headers: { 'If-Match': '"5"' } });
    expect(discarded).toMatchObject({ statusCode: 200, body: { discarded: true } });
    expect(discarded.headers).not.toHaveProperty('etag');
    const twice = await served('PUT', '/configurations/base/draft', {
      body: { generation: 1 },
      headers: { 'If-Match': '"0"' },
    });
    expect(twice).toMatchObject({ statusCode: 400, body: { error: { details: [{ path: 'generation' }] } } });
  });

  it('answers 201 for what was published, with where it is', async () => {
    const { planHash } = await draftPlan(world, 'base', { settings: { name: 'two' } });
    const body = { planHash, message: 'because' };
    expect(await served('POST', '/configurations/base/publish', { body })).toMatchObject({
      statusCode: 201,
      headers: { location: '/configurations/base' },
      body: { version: 2 },
    });
    const plan = await served('GET', '/configurations/base/publish-plan', { query: { toVersion: '1' } });
    const back = { planHash: plan.body.planHash, message: 'back', toVersion: 1 };
    expect(await served('POST', '/configurations/base/rollback', { body: back })).toMatchObject({
      statusCode: 201,
      headers: { location: '/configurations/base' },
      body: { version: 3, rolledBackTo: 1 },
    });
  });

  it('answers 409 with the plan as it is now for one that is outdated', async () => {
    const { planHash } = await draftPlan(world, 'base', { settings: { name: 'two' } });
    await say(world, 'other', {});
    const body = { planHash, message: 'because' };
    const refused = await served('POST', '/configurations/base/publish', { body });
    const { body: plan } = await served('GET', '/configurations/base/publish-plan');
    expect(refused).toMatchObject({ statusCode: 409, body: { error: { code: 'configuration.plan_outdated', plan } } });
    expect(plan).toMatchObject({ version: 2, planHash: expect.not.stringContaining(planHash) });
    const other = await served('GET', '/configurations/ghost');
    expect(other.body).toMatchObject({ error: { code: 'configuration.not_found' } });
    expect(other.body.error).not.toHaveProperty('plan');
  });

  it('answers 403 for what somebody else has to publish', async () => {
    const { launchConfig: _none, ...bare } = group({
      serverIds: serverIds(25),
      configuration: { configurationId: 'base' },
    });
    await world.put(bare);
    const asAuthor = { groups: 'author' };
    await served('PUT', '/configurations/base/draft', { ...asAuthor, body: { settings: { name: 'two' } } });
    const { body: plan } = await served('GET', '/configurations/base/publish-plan', asAuthor);
    expect(plan).toMatchObject({ approval: { needed: true } });
    const body = { planHash: plan.planHash, message: 'because' };
    expect(await served('POST', '/configurations/base/publish', { ...asAuthor, body })).toMatchObject({
      statusCode: 403,
      body: { error: { code: 'configuration.approval_needed', retryable: false } },
    });
    expect(await served('POST', '/configurations/base/publish', { groups: 'approver', body })).toMatchObject({
      statusCode: 201,
    });
  });

  it.each<[string, string, Asked, number, string]>([
    ['GET', '/configurations/ghost', {}, 404, 'configuration.not_found'],
    ['GET', '/configurations/base/draft', {}, 404, 'configuration.draft_not_found'],
    ['DELETE', '/configurations/ghost', {}, 404, 'configuration.not_found'],
    ['POST', '/configurations/base/resume-rollout', {}, 409, 'configuration.rollout_not_stopped'],
    ['GET', RESOLVE, { query: { userId: 'nobody' } }, 404, 'binding.unknown_subject'],
    ['DELETE', '/bindings/nonsense', {}, 404, 'binding.not_found'],
    [
      'POST',
      '/bindings',
      { body: { subject: { kind: 'default' }, priority: 0, configurationId: 'ghost' } },
      422,
      'configuration.unknown',
    ],
  ])('answers %s %s with its status and its code', async (method, path, asked, statusCode, code) => {
    expect(await served(method, path, asked)).toMatchObject({ statusCode, body: { error: { code } } });
  });

  it('answers 201 for a binding, which is at its id whomever it binds, and 409 for a second one', async () => {
    const subject = { kind: 'user', id: 'a/b?c%20d #e' };
    const body = { subject, priority: 7, configurationId: 'base' };
    const made = await served('POST', '/bindings', { body });
    expect(made).toMatchObject({ statusCode: 201, body: { bindingId: 'user:a/b?c%20d #e:7' } });
    // There is nothing to get at the path of a binding.
    expect(made.headers).not.toHaveProperty('location');
    expect(await served('POST', '/bindings', { body })).toMatchObject({
      statusCode: 409,
      body: { error: { code: 'binding.exists', details: [{ allowed: expect.stringContaining(subject.id) }] } },
    });
    const at = `/bindings/${encodeURIComponent(String(made.body.bindingId))}`;
    const pinned = await served('PUT', at, { body: { configurationId: 'base', version: 1 } });
    expect(pinned).toMatchObject({ statusCode: 200, body: { configuration: { version: 1 } } });
    expect(await served('DELETE', at)).toMatchObject({ statusCode: 200, body: { deleted: true } });
  });

  it('takes the key of a request from its header', async () => {
    const body = { subject: { kind: 'default' }, priority: 0, configurationId: 'base' };
    const headers = { 'Idempotency-Key': 'k' };
    const first = await served('POST', '/bindings', { body, headers });
    expect(await served('POST', '/bindings', { body, headers })).toEqual(first);
    expect(await served('POST', '/bindings', { body: { ...body, priority: 1 }, headers })).toMatchObject({
      statusCode: 422,
      body: { error: { code: 'idempotency.mismatch' } },
    });
  });
});
