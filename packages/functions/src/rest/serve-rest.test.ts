import { beforeEach, describe, expect, it, vi } from 'vitest';
import { change } from '../../../../tests/support/builders.ts';
import { type OperationWorld, operationWorld } from '../../../../tests/support/operation-world.ts';
import { logger } from '../runtime/logger.ts';
import { serveRest } from './serve-rest.ts';

let world: OperationWorld;

beforeEach(async () => {
  for (const level of ['info', 'warn'] as const) vi.spyOn(logger, level).mockReturnValue();
  world = operationWorld();
  await world.planned(change());
});

const ADMIN = { claims: { 'cognito:username': 'user@example.com', 'cognito:groups': 'admins' } };

/** As the requirements show it, and nothing more. */
function event(stated: object = {}) {
  return {
    httpMethod: 'POST',
    path: '/protection-groups/payments/apply-launch-configs',
    headers: { Authorization: 'Bearer <cognito-token>' },
    body: '{"force": false}',
    requestContext: { authorizer: ADMIN },
    ...stated,
  };
}

async function served(stated: object) {
  const { statusCode, headers, body } = await serveRest(event(stated), 'invocation-1', world);
  return { statusCode, headers, body: JSON.parse(body) as Record<string, unknown> };
}

describe('serveRest', () => {
  it('takes an event with a token as the requirements have it', async () => {
    expect(await served({})).toMatchObject({
      statusCode: 200,
      body: { groupId: 'payments', status: 'ready', appliedServers: 2, failedServers: 0, errors: [] },
    });
  });

  it('takes an event that was signed, and names the role’s session in the records', async () => {
    const userArn = 'arn:aws:sts::111111111111:assumed-role/Automation/nightly';
    const answer = await served({ requestContext: { identity: { userArn } } });
    expect(answer).toMatchObject({ statusCode: 403, body: { error: { code: 'access.denied' } } });
    expect(world.records.at(-1)).toMatchObject({ actor: `iam:${userArn}`, result: 'denied' });
  });

  it.each([
    {},
    { authorizer: null, identity: null },
    { authorizer: { claims: {} } },
    { authorizer: { claims: 'admins' } },
    { identity: { userArn: 'admins' } },
    { authorizer: { claims: { sub: 7 } }, identity: { userArn: null } },
  ])('serves nobody whom the context %j does not name', async (requestContext) => {
    expect(await served({ requestContext })).toMatchObject({
      statusCode: 401,
      body: { error: { code: 'auth.missing' } },
    });
    expect(world.records.filter(({ kind }) => kind === 'decision')).toEqual([]);
  });

  it('lets an authorizer that found nobody not be made up for by a signature', async () => {
    const identity = { userArn: 'arn:aws:iam::111111111111:user/admin' };
    const answer = await served({ requestContext: { authorizer: { claims: {} }, identity } });
    expect(answer.statusCode).toBe(401);
  });

  it('answers under the id that the API has given the request', async () => {
    const context = { authorizer: ADMIN, requestId: 'request-9' };
    const answer = await served({ requestContext: context, body: '{' });
    expect(answer.body).toMatchObject({ error: { code: 'request.not_json', requestId: 'request-9' } });
    expect((await served({ body: '{' })).body).toMatchObject({ error: { requestId: 'invocation-1' } });
  });

  it('reads a body that came in base64', async () => {
    const body = Buffer.from('{"force":true}').toString('base64');
    expect(await served({ body, isBase64Encoded: true })).toMatchObject({ body: { outcome: 'applied' } });
  });

  it.each([
    undefined,
    null,
    5,
    'text',
    [],
    {},
    { httpMethod: 7 },
    { ...event(), headers: { a: 5 } },
    { ...event(), requestContext: 3 },
  ])('refuses %j, which is no event of a REST API', async (received) => {
    const { statusCode, body } = await serveRest(received, 'invocation-1', world);
    expect(statusCode).toBe(400);
    expect(JSON.parse(body)).toMatchObject({ error: { code: 'request.invalid', requestId: 'invocation-1' } });
  });

  it.each([
    ['/nothing', 404],
    ['/protection-groups/payments/launch-config-status', 405],
    ['//', 404],
    ['/protection-groups/%zz', 404],
  ])('has no operation for POST %s', async (path, statusCode) => {
    expect(await served({ path })).toMatchObject({ statusCode });
  });

  it.each([
    ['{"force":true,"invokedBy":"admin"}', 'invokedBy'],
    ['{"force":true,"groupId":"ledger"}', 'groupId'],
    ['{"operation":"delete_protection_group"}', 'operation'],
  ])('refuses %s, which says what the authorizer or the path says', async (body, path) => {
    expect(await served({ body })).toMatchObject({
      statusCode: 400,
      body: { error: { code: 'request.invalid', details: [{ path }] } },
    });
  });

  it('offers, for a field that it does not know, those that can be stated in its place', async () => {
    const answer = await served({ body: '{"forced":true}' });
    expect(answer.body).toMatchObject({ error: { details: [{ path: 'forced', allowed: 'one of force' }] } });
  });

  it('refuses a large body before it is read', async () => {
    const body = `[${' '.repeat(256 * 1024)}`;
    expect(await served({ body })).toMatchObject({ statusCode: 413, body: { error: { code: 'request.too_large' } } });
  });

  it.each(['?', '#'])('takes a %s in a path for part of it', async (sign) => {
    const path = `/protection-groups/payments${sign}x/apply-launch-configs`;
    expect(await served({ path })).toMatchObject({
      statusCode: 400,
      body: { error: { details: [{ path: 'groupId' }] } },
    });
  });

  it('answers 202 with where to look, and when, for what takes longer', async () => {
    const stuck = { ...world, pause: async (ms: number) => world.clock.advance(ms) };
    const body = JSON.stringify({ launchConfig: { copyTags: false } });
    const { statusCode, headers } = await serveRest(
      event({ httpMethod: 'PUT', path: '/protection-groups/payments', body }),
      'i',
      stuck,
    );
    expect(statusCode).toBe(202);
    expect(headers).toMatchObject({
      location: '/protection-groups/payments/launch-config-status',
      'retry-after': '2',
      etag: '"2"',
    });
    const gone = event({ httpMethod: 'DELETE', path: '/protection-groups/payments', body: null });
    const deleting = await serveRest(gone, 'i', stuck);
    expect([deleting.statusCode, JSON.parse(deleting.body).status]).toEqual([202, 'deleting']);
    expect(deleting.headers).not.toHaveProperty('location');
  });

  it('tells what is ours to mend as such, and nothing of it', async () => {
    const broken = { ...world, groups: { ...world.groups, getMany: () => Promise.reject(new TypeError('secret')) } };
    const { statusCode, headers, body } = await serveRest(event(), 'i', broken);
    expect(statusCode).toBe(503);
    expect(headers).toHaveProperty('retry-after');
    expect(body).not.toContain('secret');
  });
});
