import { type OperationName, operations } from '@prelaunch/contracts/operations';
import fc from 'fast-check';
import { ACCOUNT, REGION, serverId } from '../support/builders.ts';
import { instanceId } from '../support/drift.ts';

/** What people and programs send: right, nearly right, wrong, and meant to break something. */

const configurationId = fc.constantFrom('base', 'production', 'unknown');
const version = fc.integer({ min: 1, max: 3 });
const settings = fc.constantFrom(
  {},
  { copyTags: true },
  { subnetId: 'subnet-0a1b2c3d' },
  { tags: { team: 'payments' } },
);
const keys = fc.subarray(['copyTags', 'subnetId', 'tags', 'tags.team']);
const ref = fc.record({ configurationId, version }, { requiredKeys: ['configurationId'], noNullPrototype: true });

const known = {
  groupId: fc.constantFrom('payments', 'ledger', 'unknown'),
  name: fc.string({ minLength: 1, maxLength: 10 }),
  description: fc.option(fc.string({ maxLength: 10 })),
  accountId: fc.constantFrom(ACCOUNT, '999999999999'),
  region: fc.constant(REGION),
  tags: fc.option(fc.constantFrom({}, { team: 'payments' })),
  serverIds: fc.uniqueArray(fc.integer({ min: 1, max: 6 }).map(serverId), { maxLength: 4 }),
  launchConfig: fc.option(
    fc.constantFrom({}, { copyTags: true }, { instanceType: 'm5.large' }, { subnetId: 'subnet-0a1b2c3d' }),
  ),
  serverOverrides: fc.option(fc.constantFrom({}, { [serverId(1)]: { copyTags: false } })),
  generation: fc.integer({ min: 0, max: 5 }),
  force: fc.boolean(),
  executionId: fc.constantFrom('e-1', 'e-2'),
  waveNumber: fc.integer({ min: 0, max: 2 }),
  groupIds: fc.uniqueArray(fc.constantFrom('payments', 'ledger', 'unknown'), { minLength: 1 }),
  isDrill: fc.boolean(),
  onNotReady: fc.constantFrom('block', 'skip', 'proceed'),
  applyWaitSeconds: fc.constantFrom(0, 1, 300),
  actor: fc.string({ minLength: 1, maxLength: 10 }),
  from: fc.constantFrom('2026-01-01T00:00:00Z', '2026-01-02T00:00:00.000Z'),
  to: fc.constantFrom('2026-01-03T00:00:00Z', '2025-01-01T00:00:00Z'),
  limit: fc.integer({ min: 1, max: 100 }),
  nextToken: fc.constantFrom('cGF5bWVudHM', 'x'),
  configuration: fc.option(ref),
  configurationId,
  version,
  fromVersion: version,
  toVersion: version,
  parents: fc.uniqueArray(ref, { maxLength: 2, selector: (parent) => parent.configurationId }),
  settings,
  variants: fc.constantFrom({}, { 'm5.*': { copyTags: false } }, { '*': {}, 'm?.large': { copyTags: true } }),
  unset: keys,
  locked: keys,
  owner: fc.constantFrom('platform', 'payments'),
  planHash: fc.constantFrom(`sha256:${'0'.repeat(64)}`, `sha256:${'f'.repeat(64)}`),
  message: fc.string({ minLength: 1, maxLength: 10 }),
  maxFailureShare: fc.constantFrom(0, 0.1, 1),
  userId: fc.constantFrom('alice', 'bob'),
  userGroups: fc.subarray(['operators', 'viewers']),
  serverId: fc.integer({ min: 1, max: 6 }).map(serverId),
  instanceType: fc.constantFrom('m5.large', 'c5.xlarge'),
  overrides: settings,
  draft: fc.boolean(),
  format: fc.constantFrom('data', 'opencypher', 'graphml'),
  subject: fc.constantFrom(
    { kind: 'user', id: 'alice' },
    { kind: 'userGroup', id: 'operators' },
    { kind: 'protectionGroup', id: 'payments' },
    { kind: 'default' },
  ),
  priority: fc.constantFrom(0, 10),
  bindingId: fc.constantFrom('user:alice:10', 'default::0', 'unknown'),
  driftPolicy: fc.option(
    fc.record(
      {
        threshold: fc.constantFrom(0, 25, 100),
        weights: fc.constantFrom({}, { critical: 100 }),
        launchBlockingFloor: fc.constantFrom(0, 60),
        actions: fc.constantFrom({}, { drifted: 'rollback' }, { stale: 'alert', diverged: 'sync' }),
        mode: fc.constantFrom('automatic', 'approval', 'dry_run'),
        budget: fc.constantFrom({}, { maxInstances: 0 }, { windowMinutes: 5, maxInstances: 2, maxShare: 1 }),
        maintenanceWindows: fc.constantFrom([], [{ days: ['sat'], from: '22:00', until: '04:00' }]),
        ignore: fc.constantFrom(
          [],
          [{ path: '/tags/*a*', reason: 'known', owner: 'platform', expiresAt: '2030-01-01T00:00:00Z' }],
        ),
      },
      { requiredKeys: [], noNullPrototype: true },
    ),
  ),
  instanceId: fc.constantFrom(serverId(1), serverId(2), serverId(3), serverId(6), instanceId(1), instanceId(9)),
  minScore: fc.constantFrom(0, 25, 60.5, 100),
  action: fc.constantFrom('rollback', 'sync', 'adopt', 'approve'),
  as: fc.constantFrom('configuration', 'override'),
  keys: fc.subarray(['subnetId', 'securityGroupIds', 'tags.team', 'instanceType'], { minLength: 1 }),
  dryRun: fc.boolean(),
  idempotencyKey: fc.constantFrom('k-1', 'k-2'),
  correlationId: fc.string({ minLength: 1, maxLength: 20 }),
  invokedBy: fc.constant('OrchestrationRole'),
} satisfies Readonly<Record<string, fc.Arbitrary<unknown>>>;

type Known = keyof typeof known;

/** Deeper than any field, or than what recursion bears. */
const deep = fc.constantFrom(5, 20, 500).map((levels) => {
  let value: unknown = {};
  for (let level = 0; level < levels; level += 1) value = level % 2 === 0 ? [value] : { a: value };
  return value;
});

export const hostile: fc.Arbitrary<unknown> = fc.oneof(
  fc.anything({ withNullPrototype: false, maxDepth: 2 }).map(asJson),
  fc.constantFrom(null, '', ' ', '\0', '__proto__', '../..', '-1', 'NaN', 1e308, -0, 2 ** 53, [], {}, [[]], '\ud800'),
  fc.constantFrom('$(id)', "' OR 1=1 --", '<script>', '%00', '{{7*7}}', 'a'.repeat(5_000)),
  fc.constant(JSON.parse('{"__proto__":{"admin":true},"constructor":{"prototype":{}}}')),
  deep,
);

/** As it is after a journey through JSON, which has no undefined, no dates and no infinities. */
function asJson(value: unknown): unknown {
  const text = JSON.stringify(value, (_key, inner) => (typeof inner === 'bigint' ? String(inner) : inner));
  return text === undefined ? null : JSON.parse(text);
}

/** Where resolution begins: only one of these may be stated, with what belongs to it. */
const BEGINNINGS: readonly (readonly string[])[] = [
  ['userId'],
  ['configurationId', 'version'],
  ['groupId', 'serverId'],
];

/** Fields that would spoil the others. */
function tooMuch(operation: OperationName): fc.Arbitrary<readonly string[]> {
  if (operation !== 'resolve_configuration') return fc.constant([]);
  const others = BEGINNINGS.map((chosen) => BEGINNINGS.flat().filter((name) => !chosen.includes(name)));
  return fc.oneof({ weight: 9, arbitrary: fc.constantFrom(...others) }, fc.constant([]));
}

/** The fields of an operation, each mostly right; some left out, some hostile, some that it does not know. */
export function arbitraryFields(operation: OperationName): fc.Arbitrary<Record<string, unknown>> {
  const names = Object.keys(operations[operation].request.shape).filter((name): name is Known => name in known);
  const right = fc.record(Object.fromEntries(names.map((name) => [name, known[name]])), {
    requiredKeys: [],
    noNullPrototype: true,
  });
  const wrong = fc.dictionary(
    fc.oneof(
      fc.constantFrom(...names),
      fc.constantFrom('operation', 'admin', 'role', 'x'),
      fc.string({ maxLength: 8 }),
    ),
    hostile,
    { maxKeys: 2, noNullPrototype: true },
  );
  const parts = fc.record({ right, without: tooMuch(operation), wrong: fc.option(wrong, { nil: {}, freq: 2 }) });
  return parts.map(({ right: sound, without, wrong: spoilt }) => {
    const kept = Object.entries(sound).filter(([name]) => !without.includes(name));
    return { ...Object.fromEntries(kept), ...spoilt };
  });
}

const bodies = fc.oneof(
  { weight: 6, arbitrary: fc.constant(undefined) },
  {
    weight: 1,
    arbitrary: fc.oneof(
      fc.string({ maxLength: 40 }),
      fc.constantFrom(
        '{',
        '[]',
        'null',
        '"x"',
        '5',
        '{"a":1}x',
        '{"force":true,"force":false}',
        '\ufeff{}',
        '[['.repeat(50_000),
      ),
      fc.constant(`{"x":"${'a'.repeat(270_000)}"}`),
      fc.constant('{"__proto__":{"x":1}}'),
    ),
  },
);

const headers = fc.dictionary(
  fc.constantFrom('If-Match', 'Idempotency-Key', 'X-Correlation-Id', 'x-amzn-oidc-identity', 'x-role', 'Content-Type'),
  fc.oneof(fc.string({ maxLength: 20 }), fc.constantFrom('"1"', 'W/"2"', '*', '"x"', '', 'admin', 'a'.repeat(9_000))),
  { maxKeys: 2, noNullPrototype: true },
);

const query = fc.dictionary(
  fc.constantFrom(
    'limit',
    'nextToken',
    'from',
    'groupId',
    'version',
    'draft',
    'minScore',
    'operation',
    'x',
    '__proto__',
  ),
  fc.oneof(fc.string({ maxLength: 10 }), fc.constantFrom('5', '-1', '1e9', 'true', 'cGF5bWVudHM')),
  { maxKeys: 2, noNullPrototype: true },
);

/** What stands at a place of a path, by the field that it states. */
const SEGMENTS: Readonly<Record<string, fc.Arbitrary<string>>> = {
  waveNumber: fc.constantFrom('1', '2', 'x', '-1', '99999'),
  configurationId: segment('base', 'production', 'unknown', 'resolve'),
  bindingId: segment('user:alice:10', 'user%3Aalice%3A10', 'default::0', 'unknown'),
  executionId: segment('e-1', 'e-2'),
  groupId: segment('payments', 'ledger', 'unknown'),
  instanceId: segment(serverId(1), serverId(2), serverId(6), instanceId(1), instanceId(9)),
};

function segment(...usual: string[]): fc.Arbitrary<string> {
  const odd = fc.oneof(fc.string({ maxLength: 12 }), fc.constantFrom('%', '%zz', '..', '/', 'a'.repeat(300)));
  return fc.oneof({ weight: 8, arbitrary: fc.constantFrom(...usual) }, { weight: 1, arbitrary: odd });
}

export interface RestParts {
  readonly method: string;
  readonly path: string;
  readonly headers: Record<string, string>;
  readonly query: Record<string, string>;
  readonly body: string | null;
}

/** An operation over HTTP: mostly at its path with its method. */
export function arbitraryRest(operation: OperationName): fc.Arbitrary<RestParts> {
  const { method, path } = operations[operation].http;
  const params = path.match(/(?<=\{)\w+(?=\})/g) ?? [];
  const isRead = method === 'GET';
  return fc
    .record({
      method: fc.oneof(
        { weight: 9, arbitrary: fc.constant(method) },
        fc.constantFrom('GET', 'PATCH', 'HEAD', 'odd', ''),
      ),
      segments: fc.record(Object.fromEntries(params.map((name) => [name, SEGMENTS[name] ?? segment('unknown')]))),
      suffix: fc.constantFrom('', '', '', '', '/', '//', '/x', '?a=b'),
      headers,
      query: isRead ? query : fc.oneof({ weight: 9, arbitrary: fc.constant({}) }, query),
      fields: arbitraryFields(operation),
      raw: bodies,
    })
    .map(({ segments, suffix, fields, raw, ...parts }) => {
      const stated = Object.entries(fields).filter(([name]) => !params.includes(name));
      const text = isRead ? null : JSON.stringify(Object.fromEntries(stated));
      return {
        ...parts,
        path: path.replace(/\{(\w+)\}/g, (_whole, name) => segments[name] ?? '') + suffix,
        query: isRead ? { ...asTexts(stated), ...parts.query } : parts.query,
        body: raw === undefined ? text : raw,
      };
    });
}

/** As a query states them: lists with commas in between. Who calls it does not state: every such request would be refused. */
function asTexts(fields: readonly (readonly [string, unknown])[]): Record<string, string> {
  return Object.fromEntries(
    fields.filter(([name]) => name !== 'invokedBy').map(([name, value]) => [name, asText(value)]),
  );
}

function asText(value: unknown): string {
  if (typeof value === 'string') return value;
  const isTexts = Array.isArray(value) && value.every((one) => typeof one === 'string');
  return isTexts ? value.join(',') : JSON.stringify(value);
}
