import { type OperationName, operations } from '@prelaunch/contracts/operations';
import { OperationError } from '@prelaunch/contracts/operations/operation-error';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type Pipeline, SETTINGS } from '../support/pipeline.ts';
import { drained, WAIT } from './support/sites.ts';
import { startWithRoles } from './support/start-with-roles.ts';
import { type Fields, ROLES_ASKED, type Way } from './support/ways-in.ts';

/** One suite for every way in: what is true of one is true of all, or it fails here. */

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

function servers(count: number): string[] {
  return pipeline.runtime.simulator.addSourceServers(place, count);
}

/** A group of its own for one test, as a request states it. */
function definition(stated: Fields = {}): Fields & { groupId: string } {
  made += 1;
  return { groupId: `g-${made}`, name: 'Payments', ...place, serverIds: servers(2), launchConfig: SETTINGS, ...stated };
}

/** The same on each way in, side by side. */
async function onEach<Result>(what: (way: Way) => Promise<Result>): Promise<Result[]> {
  return Promise.all(ways.map(what));
}

function shaped(operation: OperationName, body: unknown) {
  return operations[operation].response.parse(body);
}

/** What every way in answers, with that HTTP status where there is one. */
async function refusedOnEach(operation: string, fields: Fields | ((way: Way) => Fields), status: number, as = 'admin') {
  const refusals = await onEach(async (way) => {
    const told = await way.as(as)(operation, typeof fields === 'function' ? fields(way) : fields);
    if (way.name !== 'direct') expect(told.status, JSON.stringify(told.body)).toBe(status);
    const { error } = OperationError.parse(told.body);
    expect(error.requestId).not.toBe('');
    return error;
  });
  expect(new Set(refusals.map(({ code }) => code)).size, JSON.stringify(refusals)).toBe(1);
  expect(new Set(refusals.map(({ details }) => JSON.stringify(details.map(({ path }) => path)))).size).toBe(1);
  return refusals[0] as (typeof refusals)[number];
}

describe('every operation, on every way in', () => {
  it('creates a group, applies its settings and answers the final status', async () => {
    await onEach(async ({ ask, name }) => {
      const stated = definition();
      const { status, headers, body } = await ask('create_protection_group', stated);
      expect(shaped('create_protection_group', body)).toMatchObject({
        ...stated,
        generation: 1,
        launchConfigStatus: { status: 'ready', fresh: true, counts: { ready: 2, total: 2 } },
      });
      if (name === 'direct') return;
      expect(status).toBe(201);
      expect(headers?.get('location')).toBe(`/protection-groups/${stated.groupId}`);
      expect(headers?.get('etag')).toBe('"1"');
    });
  });

  it('reads a group and its status as it was created', async () => {
    const created = definition({ description: 'Cards', tags: { team: 'payments' } });
    await ways[0]?.ask('create_protection_group', created);
    const { groupId } = created;
    const groups = await onEach(async ({ ask }) => (await ask('get_protection_group', { groupId })).body);
    expect(shaped('get_protection_group', groups[0])).toMatchObject(created);
    expect(new Set(groups.map((body) => JSON.stringify(body))).size).toBe(1);
    const statuses = await onEach(async ({ ask }) => (await ask('get_launch_config_status', { groupId })).body);
    expect(shaped('get_launch_config_status', statuses[0])).toMatchObject({ groupId, status: 'ready', fresh: true });
    expect(new Set(statuses.map((body) => JSON.stringify(body))).size).toBe(1);
  });

  it('changes a group by the generation that was seen', async () => {
    await onEach(async ({ ask, name }) => {
      const { groupId } = await created(ask);
      const changed = await ask('update_protection_group', {
        groupId,
        generation: 1,
        launchConfig: { copyTags: true },
      });
      expect(shaped('update_protection_group', changed.body)).toMatchObject({
        generation: 2,
        launchConfigStatus: { status: 'ready' },
      });
      const late = await ask('update_protection_group', { groupId, generation: 1, name: 'Late' });
      expect(late.body).toMatchObject({
        error: { code: 'group.generation_mismatch', details: [{ path: 'generation', value: 1, allowed: '2' }] },
      });
      if (name !== 'direct') expect([late.status, late.headers?.get('etag')]).toEqual([409, '"2"']);
    });
  });

  it('adds and removes servers', async () => {
    await onEach(async ({ ask }) => {
      const { groupId, serverIds } = await created(ask);
      const [first = ''] = serverIds as string[];
      const added = servers(1);
      const larger = await ask('add_servers_to_group', { groupId, serverIds: added });
      expect(shaped('add_servers_to_group', larger.body)).toMatchObject({
        serverIds: [...(serverIds as string[]), ...added],
        launchConfigStatus: { status: 'ready', counts: { ready: 3 } },
      });
      const smaller = await ask('remove_servers_from_group', { groupId, serverIds: [first] });
      expect(shaped('remove_servers_from_group', smaller.body)).toMatchObject({
        launchConfigStatus: { status: 'ready', counts: { total: 2 } },
      });
    });
  });

  it('leaves a ready group alone unless it is forced to be applied', async () => {
    await onEach(async ({ ask }) => {
      const { groupId } = await created(ask);
      const idle = await ask('apply_launch_configs', { groupId });
      expect(shaped('apply_launch_configs', idle.body)).toEqual({
        groupId,
        status: 'ready',
        appliedServers: 2,
        failedServers: 0,
        errors: [],
        fresh: true,
        outcome: 'already_ready',
      });
      const forced = await ask('apply_launch_configs', { groupId, force: true });
      expect(forced.body).toMatchObject({ status: 'ready', outcome: 'applied' });
    });
  });

  it('starts a wave once, however often it is asked and on whichever way', async () => {
    const { groupId } = await created((ways[0] as Way).ask);
    const wave = { executionId: `e-${made}`, waveNumber: 1, groupIds: [groupId], isDrill: true };
    const started = await onEach(async ({ ask }) =>
      shaped('start_wave_recovery', (await ask('start_wave_recovery', wave)).body),
    );
    expect(started).toMatchObject(started.map(() => ({ status: 'started', path: 'fast' })));
    expect(new Set(started.map((answer) => JSON.stringify('jobs' in answer && answer.jobs))).size).toBe(1);
  });

  it('lists groups in pages', async () => {
    await onEach(async ({ ask }) => {
      const seen = new Set<string>();
      let nextToken: string | undefined;
      do {
        const page = await ask('list_protection_groups', { limit: 2, ...(nextToken !== undefined && { nextToken }) });
        const parsed = operations.list_protection_groups.response.parse(page.body);
        expect(parsed.protectionGroups.length).toBeLessThanOrEqual(2);
        for (const { groupId } of parsed.protectionGroups) seen.add(groupId);
        nextToken = parsed.nextToken;
      } while (nextToken !== undefined);
      expect([...seen]).toEqual(expect.arrayContaining(['g-1', 'g-2', 'g-3']));
    });
  });

  it('deletes a group and releases its servers', async () => {
    await onEach(async ({ ask }) => {
      const { groupId, serverIds } = await created(ask);
      const gone = await ask('delete_protection_group', { groupId });
      expect(shaped('delete_protection_group', gone.body)).toEqual({ groupId, generation: 2, status: 'deleted' });
      const taken = await ask('create_protection_group', definition({ serverIds }));
      expect(taken.body).toMatchObject({ launchConfigStatus: { status: 'ready' } });
    });
  });

  it('tells in the audit log what was done, by whom, on which group', async () => {
    await onEach(async ({ ask, as }) => {
      const { groupId } = await created(ask);
      await as('viewer')('delete_protection_group', { groupId });
      await vi.waitFor(
        async () => {
          const log = operations.get_audit_log.response.parse((await ask('get_audit_log', { groupId })).body);
          const told = log.entries.map(({ kind, action, result }) => `${kind} ${action} ${result}`);
          expect(told).toEqual(
            expect.arrayContaining([
              'decision create_protection_group allowed',
              'change create_protection_group done',
              'decision delete_protection_group denied',
              expect.stringMatching(/^write_ended .*ModifyLaunchTemplate.* done$/),
            ]),
          );
          const actors = new Set(log.entries.map(({ actor }) => actor));
          expect(actors.size, 'one who may, and one who may not').toBe(2);
        },
        { timeout: 30_000, interval: 200 },
      );
    });
  });

  it('answers a repeat with the same key as the first call, and refuses the key for anything else', async () => {
    await onEach(async ({ ask }) => {
      const { groupId: _none, ...anonymous } = definition();
      const keyed = { ...anonymous, idempotencyKey: `key-${made}` };
      const first = await ask('create_protection_group', keyed);
      const again = await ask('create_protection_group', keyed);
      expect(again.body).toEqual(first.body);
      const other = await ask('create_protection_group', { ...keyed, name: 'Other' });
      expect(other.body).toMatchObject({ error: { code: 'idempotency.mismatch' } });
    });
  });

  it('creates a group whose settings cannot be applied, and says why', async () => {
    await onEach(async ({ ask }) => {
      const { body } = await ask(
        'create_protection_group',
        definition({ launchConfig: { subnetId: 'subnet-00000000' } }),
      );
      expect(body).toMatchObject({
        launchConfigStatus: {
          status: 'failed',
          errors: [{ code: 'settings.not_in_target', path: 'launchConfig.subnetId' }, {}],
        },
      });
    });
  });
});

describe('who may do what, on every way in', () => {
  const everybody = ['viewer', 'operator', 'author', 'approver', 'remediator', 'auditor'];
  const needs: readonly [OperationName, Fields, readonly string[]][] = [
    ['list_protection_groups', {}, everybody],
    ['get_protection_group', { groupId: 'g-1' }, everybody],
    ['get_launch_config_status', { groupId: 'g-1' }, everybody],
    ['apply_launch_configs', { groupId: 'g-1' }, ['operator', 'author', 'remediator']],
    ['audit_protection_group', { groupId: 'g-1' }, ['operator', 'author', 'remediator']],
    ['list_instance_drift', {}, everybody],
    ['list_instance_drift', { groupId: 'g-1', minScore: 25 }, everybody],
    ['update_protection_group', { groupId: 'g-1', description: 'Seen' }, ['author']],
    ['get_audit_log', {}, ['auditor']],
    ['start_wave_recovery', { executionId: 'who', waveNumber: 1, groupIds: ['g-1'], isDrill: true }, ['operator']],
  ];

  it.each(needs)('asks for a role that covers %s', async (operation, fields, roles) => {
    for (const role of ROLES_ASKED) {
      if (role === 'admin') continue;
      if (!roles.includes(role)) {
        expect(await refusedOnEach(operation, fields, 403, role)).toMatchObject({ code: 'access.denied' });
        continue;
      }
      const told = await onEach(({ as }) => as(role)(operation, fields));
      for (const { body } of told) expect(body).not.toHaveProperty('error');
    }
  });

  it('shows viewers which settings there are, and not what they say', async () => {
    const { groupId } = await created((ways[0] as Way).ask);
    const shown = await onEach(({ as }) => as('viewer')('get_protection_group', { groupId }));
    for (const { body } of shown) {
      const names = Object.keys(SETTINGS);
      expect(body.launchConfig).toEqual(Object.fromEntries(names.map((name) => [name, '[redacted]'])));
    }
  });
});

describe('drift, on every way in', () => {
  it('is found, told and put right', async () => {
    await onEach(async ({ ask, name }) => {
      const { groupId, instanceId, other } = await drifted(ask);
      const page = shaped('list_instance_drift', (await ask('list_instance_drift', { groupId, minScore: 1 })).body);
      expect(page).toMatchObject({ instances: [{ instanceId, groupId, verdict: 'drifted', keys: ['instanceType'] }] });
      const whole = shaped('list_instance_drift', (await ask('list_instance_drift', { groupId, limit: 1 })).body);
      expect(whole).toMatchObject({ instances: [{ instanceId }], nextToken: expect.any(String) });
      const { nextToken } = whole as { nextToken: string };
      const rest = await ask('list_instance_drift', { groupId, limit: 1, nextToken });
      expect(rest.body).toMatchObject({ instances: [{ instanceId: other, verdict: 'in_sync', score: 0 }] });

      const found = await ask('get_instance_drift', { instanceId });
      expect(shaped('get_instance_drift', found.body)).toMatchObject({
        ...{ instanceId, groupId, kind: 'source_server', verdict: 'drifted', exceedsThreshold: true },
        differences: [{ key: 'instanceType', desired: SETTINGS.instanceType, observed: 'c5.large' }],
        baseline: { settings: { instanceType: SETTINGS.instanceType } },
      });
      const planned = await ask('remediate_instance', { instanceId, action: 'rollback', dryRun: true });
      const keys = [{ key: 'instanceType', from: 'c5.large', to: SETTINGS.instanceType, result: 'planned' }];
      expect(shaped('remediate_instance', planned.body)).toMatchObject({ remediation: { status: 'proposed', keys } });

      const done = await ask('remediate_instance', { instanceId, action: 'rollback' });
      expect(shaped('remediate_instance', done.body)).toMatchObject({
        verdict: 'in_sync',
        differences: [],
        remediation: { status: 'done', action: 'rollback', keys: [{ key: 'instanceType', result: 'done' }] },
      });
      if (name !== 'direct') expect([found.status, planned.status, done.status]).toEqual([200, 200, 200]);
      expect((await ask('get_launch_config_status', { groupId })).body).toMatchObject({ status: 'ready' });
    });
  });

  it('becomes an override that one proposes and another approves, each on their own way', async () => {
    const [proposing, approving] = ways as [Way, Way];
    const { groupId, instanceId } = await drifted(proposing.ask);
    const adopt = { instanceId, action: 'adopt', as: 'override' };
    const proposed = await proposing.ask('remediate_instance', adopt);
    expect(proposed.body).toMatchObject({ remediation: { status: 'awaiting_approval', action: 'adopt' } });
    const approve = { instanceId, action: 'approve' };
    const own = await proposing.ask('remediate_instance', approve);
    expect([own.status, own.body]).toMatchObject([403, { error: { code: 'drift.approved_by_proposer' } }]);
    const unable = await approving.as('remediator')('remediate_instance', approve);
    expect([unable.status, unable.body]).toMatchObject([403, { error: { code: 'access.denied' } }]);
    const approved = await approving.ask('remediate_instance', approve);
    expect(shaped('remediate_instance', approved.body)).toMatchObject({ instanceId, groupId });
    const { body } = await approving.ask('get_protection_group', { groupId });
    expect(body).toMatchObject({
      serverOverrides: { [instanceId]: { instanceType: 'c5.large' } },
      launchConfigStatus: { status: 'ready' },
    });
  });

  it('is put right by remediators and operators, and shown without values to viewers and auditors', async () => {
    const { instanceId } = await drifted((ways[0] as Way).ask);
    for (const role of ['viewer', 'author', 'approver', 'auditor', 'nobody']) {
      const refused = await refusedOnEach('remediate_instance', { instanceId, action: 'rollback' }, 403, role);
      expect(refused).toMatchObject({ code: 'access.denied', details: [{ path: 'instanceId', value: instanceId }] });
    }
    await refusedOnEach('get_instance_drift', { instanceId }, 403, 'nobody');
    const shown = await onEach(async ({ as }) => {
      const seen = [
        as('viewer')('get_instance_drift', { instanceId }),
        as('auditor')('get_instance_drift', { instanceId }),
      ];
      return (await Promise.all(seen)).map(({ body }) => body);
    });
    for (const body of shown.flat()) {
      expect(body).toMatchObject({ verdict: 'drifted', differences: [{ key: 'instanceType' }] });
      expect(JSON.stringify(body)).not.toMatch(
        new RegExp(['c5.large', SETTINGS.instanceType, SETTINGS.subnetId].join('|')),
      );
    }
    for (const role of ['remediator', 'operator']) {
      const told = await onEach(({ as }) =>
        as(role)('remediate_instance', { instanceId, action: 'sync', dryRun: true }),
      );
      for (const { body } of told) expect(body).toMatchObject({ remediation: { status: 'proposed' } });
    }
  });

  it('is refused where there is none, nothing awaits, or it cannot be done', async () => {
    const { groupId, instanceId, other } = await drifted((ways[0] as Way).ask);
    const cases: readonly [string, Fields, number, string][] = [
      ['get_instance_drift', { instanceId: 's-00000000000000000' }, 404, 'instance.not_found'],
      ['remediate_instance', { instanceId: 'i-00000000', action: 'sync' }, 404, 'instance.not_found'],
      ['get_instance_drift', { instanceId: 'web-1' }, 400, 'request.invalid'],
      ['list_instance_drift', { minScore: 101 }, 400, 'request.invalid'],
      ['list_instance_drift', { groupId, nextToken: 'e30' }, 400, 'request.invalid'],
      ['audit_protection_group', { groupId: 'unknown' }, 404, 'group.not_found'],
      ['remediate_instance', { instanceId, action: 'alert' }, 400, 'request.invalid'],
      ['remediate_instance', { instanceId: other, action: 'sync' }, 409, 'drift.nothing_differs'],
      ['remediate_instance', { instanceId, action: 'approve' }, 409, 'drift.nothing_awaits'],
      ['remediate_instance', { instanceId, action: 'sync', keys: ['name'] }, 422, 'drift.not_feasible'],
      ['remediate_instance', { instanceId, action: 'adopt', as: 'configuration' }, 422, 'drift.not_feasible'],
      ['update_protection_group', { groupId, driftPolicy: { threshold: 101 } }, 400, 'request.invalid'],
    ];
    for (const [operation, fields, status, code] of cases)
      expect(await refusedOnEach(operation, fields, status), operation).toMatchObject({ code });
  });

  it('has a policy per group, which the group states', async () => {
    await onEach(async ({ ask }) => {
      const driftPolicy = { threshold: 5, actions: { drifted: 'alert' }, mode: 'approval' };
      const stated = definition({ driftPolicy });
      expect((await ask('create_protection_group', stated)).body).toMatchObject({ driftPolicy });
      const { groupId } = stated;
      const changed = await ask('update_protection_group', { groupId, driftPolicy: null });
      expect(changed.body).toMatchObject({ generation: 2 });
      expect(changed.body).not.toHaveProperty('driftPolicy');
    });
  });
});

describe('bad input, on every way in', () => {
  const cases: readonly [string, string, Fields, number, object][] = [
    ['an operation that there is not', 'drop_tables', {}, 404, {}],
    ['a group that there is not', 'get_protection_group', { groupId: 'unknown' }, 404, { code: 'group.not_found' }],
    [
      'an id that is none',
      'get_protection_group',
      { groupId: '-' },
      400,
      { details: [{ path: 'groupId', value: '-' }] },
    ],
    [
      'a wrong type',
      'apply_launch_configs',
      { groupId: 'g-1', force: 'yes' },
      400,
      { code: 'request.invalid', details: [{ path: 'force', value: 'yes', allowed: 'true or false' }] },
    ],
    [
      'an unknown field',
      'update_protection_group',
      { groupId: 'g-1', nme: 'x' },
      400,
      { code: 'request.invalid', details: [{ path: 'nme', allowed: expect.stringContaining('name') }] },
    ],
    [
      'a field that is missing',
      'create_protection_group',
      { name: 'x' },
      400,
      { details: [{ path: 'accountId' }, { path: 'region' }] },
    ],
    [
      'settings that do not go together',
      'update_protection_group',
      { groupId: 'g-1', launchConfig: { instanceType: 'm5.large', targetInstanceTypeRightSizingMethod: 'BASIC' } },
      422,
      { code: 'settings.combination', details: [{ path: expect.stringContaining('launchConfig') }] },
    ],
    [
      'servers that are no members',
      'remove_servers_from_group',
      { groupId: 'g-1', serverIds: ['s-12345678901234567'] },
      422,
      { code: 'group.not_member' },
    ],
    [
      'a group that exists',
      'create_protection_group',
      { groupId: 'g-1', name: 'x', accountId: '111111111111', region: 'us-east-1' },
      409,
      { code: 'group.exists' },
    ],
    [
      'a token that no page ended with',
      'list_protection_groups',
      { nextToken: '%%%' },
      400,
      { details: [{ path: 'nextToken' }] },
    ],
    ['a token of no audit page', 'get_audit_log', { nextToken: 'e30' }, 400, {}],
    [
      'times in the wrong order or too far apart',
      'get_audit_log',
      { from: '2020-01-01T00:00:00Z', to: '2026-01-01T00:00:00Z' },
      400,
      {},
    ],
    [
      'a request that is too large',
      'update_protection_group',
      { groupId: 'g-1', description: 'x'.repeat(300_000) },
      413,
      { code: 'request.too_large' },
    ],
  ];

  it.each(cases)('names %s', async (_what, operation, fields, status, expected) => {
    // What there is not, HTTP tells by its path, and a direct invocation by the name.
    if (operation === 'drop_tables') {
      const told = await onEach(({ ask }) => ask(operation, fields));
      expect(told.map(({ body }) => (body as { error: { code: string } }).error.code)).toEqual([
        'route.not_found',
        'route.not_found',
        'request.invalid',
      ]);
      return;
    }
    const error = await refusedOnEach(operation, fields, status);
    expect(error).toMatchObject(expected);
    expect(error.message.length).toBeGreaterThan(10);
  });

  it('refuses nesting without end and keys that reach for prototypes', async () => {
    let deep: unknown = {};
    for (let level = 0; level < 100; level += 1) deep = { deep };
    const nested = await refusedOnEach('update_protection_group', { groupId: 'g-1', launchConfig: deep }, 400);
    expect(nested.message).toContain('nested');
    const polluting = JSON.parse('{"groupId":"g-1","launchConfig":{"__proto__":{"copyTags":true}}}') as Fields;
    await refusedOnEach('update_protection_group', polluting, 400);
  });
});

describe('over HTTP alone', () => {
  const raw = async (method: string, path: string, body?: string, headers: Record<string, string> = {}) => {
    const { api } = pipeline.runtime;
    const authorization = `Bearer ${await api.issuer.token({ user: 'admin', groups: ['test-admin'] })}`;
    const sent = { method, headers: { authorization, ...headers }, ...(body !== undefined && { body }) };
    const response = await fetch(`${api.url}${path}`, sent);
    const text = await response.text();
    return {
      status: response.status,
      headers: response.headers,
      body: (text === '' ? {} : JSON.parse(text)) as Fields,
    };
  };

  it.each(['{', 'null', '[]', '"x"', '\ufeff{}x'])('refuses the body %j, which is no JSON object', async (body) => {
    const told = await raw('POST', '/protection-groups/g-1/apply-launch-configs', body);
    expect(told).toMatchObject({
      status: 400,
      body: { error: { code: 'request.not_json', details: [{ path: 'body' }] } },
    });
  });

  it('refuses a body that is not UTF-8', async () => {
    const { api } = pipeline.runtime;
    const authorization = `Bearer ${await api.issuer.token({ user: 'admin', groups: ['test-admin'] })}`;
    const body = new Uint8Array([0x7b, 0xff, 0x7d]);
    const url = `${api.url}/protection-groups/g-1/apply-launch-configs`;
    const response = await fetch(url, { method: 'POST', headers: { authorization }, body });
    expect(response.status).toBe(400);
  });

  it('says which methods a path takes', async () => {
    const told = await raw('PATCH', '/protection-groups/g-1', '{}');
    expect(told).toMatchObject({ status: 405, body: { error: { code: 'route.method_not_allowed' } } });
    expect(told.headers.get('allow')?.split(', ').sort()).toEqual(['DELETE', 'GET', 'PUT']);
  });

  it('refuses fields of the path in the body, fields in the query of a change, and a body of a reading', async () => {
    const twice = await raw('PUT', '/protection-groups/g-1', '{"groupId":"g-2","invokedBy":"admin"}');
    expect(twice).toMatchObject({
      status: 400,
      body: { error: { details: [{ path: 'groupId' }, { path: 'invokedBy' }] } },
    });
    const query = await raw('POST', '/protection-groups/g-1/apply-launch-configs?force=true', '{}');
    expect(query).toMatchObject({ status: 400, body: { error: { details: [{ path: 'force' }] } } });
    const twiceGiven = await raw('GET', '/protection-groups?limit=1&limit=2');
    expect(twiceGiven).toMatchObject({ status: 400, body: { error: { details: [{ path: 'limit' }] } } });
    const odd = await raw('PUT', '/protection-groups/g-1', '{}', { 'if-match': '"x"' });
    expect(odd).toMatchObject({ status: 400, body: { error: { details: [{ path: 'If-Match' }] } } });
  });

  it('lets no header say who calls', async () => {
    const { api } = pipeline.runtime;
    const token = await api.issuer.token({ user: 'viewer', groups: ['test-viewer'] });
    const headers = {
      authorization: `Bearer ${token}`,
      'x-role': 'admin',
      'x-amzn-oidc-identity': 'admin',
      'cognito-groups': 'test-admin',
      'x-forwarded-user': 'admin',
    };
    const response = await fetch(`${api.url}/protection-groups/g-1`, { method: 'DELETE', headers });
    expect(response.status).toBe(403);
  });

  it('serves its own description to everybody', async () => {
    const { api } = pipeline.runtime;
    const document = (await (await fetch(`${api.url}/openapi.json`)).json()) as { paths: object };
    const paths = new Set(Object.values(operations).map(({ http }) => http.path));
    expect(new Set(Object.keys(document.paths))).toEqual(paths);
  });
});

describe('a change whose outcome takes long', () => {
  it('is answered with 202, `pending` and where to look, and becomes ready by itself', {
    timeout: 180_000,
  }, async () => {
    const { simulator } = pipeline.runtime;
    await onEach(async ({ ask, name }) => {
      const stated = definition();
      const [serverId = ''] = stated.serverIds as string[];
      simulator.faults.add({
        operation: 'GetLaunchConfiguration',
        serverId,
        times: 6,
        fault: { kind: 'internal', retryAfterSeconds: 6 },
      });
      const { status, headers, body } = await ask('create_protection_group', stated);
      const statusPath = `/protection-groups/${stated.groupId}/launch-config-status`;
      expect(body).toMatchObject({ statusPath, launchConfigStatus: { status: 'pending' } });
      if (name !== 'direct') {
        expect([status, headers?.get('location'), headers?.get('retry-after')]).toEqual([202, statusPath, '2']);
      }
      const { groupId } = stated;
      await vi.waitFor(
        async () =>
          expect((await ask('get_launch_config_status', { groupId })).body).toMatchObject({ status: 'ready' }),
        { timeout: 150_000, interval: 500 },
      );
    });
  });
});

async function created(ask: Way['ask']) {
  const stated = definition();
  const { body } = await ask('create_protection_group', stated);
  expect(body).toMatchObject({ launchConfigStatus: { status: 'ready' } });
  return stated;
}

/** A group of two servers of which somebody gave the first another instance type on AWS, as an audit found it. */
async function drifted(ask: Way['ask']) {
  const { groupId, serverIds } = await created(ask);
  const [instanceId = '', other = ''] = serverIds as string[];
  await audited(ask, groupId, { in_sync: 2, stale: 0, drifted: 0, diverged: 0, unknown: 0 });
  pipeline.runtime.simulator.editElsewhere(instanceId, {
    templateData: (data) => ({ ...data, InstanceType: 'c5.large' }),
  });
  // What follows the events of the edit comes to rest first.
  await vi.waitFor(async () => {
    const { body } = await ask('get_instance_drift', { instanceId });
    expect(body).not.toMatchObject({ verdict: 'in_sync' });
  }, WAIT);
  await drained(pipeline, 'drift-edits', 'drift-audit', 'remediation');
  await audited(ask, groupId, { in_sync: 1, stale: 0, drifted: 1, diverged: 0, unknown: 0 });
  await drained(pipeline, 'drift-edits', 'drift-audit', 'remediation');
  return { groupId, instanceId, other };
}

/** Asks again where an audit beside it left a server unknown. */
async function audited(ask: Way['ask'], groupId: string, counts: object) {
  await vi.waitFor(async () => {
    const { status, body } = await ask('audit_protection_group', { groupId });
    expect(status ?? 200).toBe(200);
    expect(shaped('audit_protection_group', body)).toMatchObject({ groupId, status: 'audited', counts });
  }, WAIT);
}
