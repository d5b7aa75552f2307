import type { OperationName } from '@prelaunch/contracts/operations';
import fc from 'fast-check';

const text = fc.oneof(
  fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }),
  fc.constantFrom('*', ' a ', 'a\nb', '%2F', 'a&b=c', '"7"', '[]'),
);
const printable = fc.oneof(
  fc.string({ unit: 'grapheme-ascii', minLength: 1, maxLength: 20 }),
  fc.constantFrom('*', ' ', ' a'),
);
const ID = [...'abcXYZ019'];
const groupId = fc
  .tuple(fc.constantFrom(...ID), fc.string({ unit: fc.constantFrom(...ID, '.', '-', '_'), maxLength: 12 }))
  .map(([first, rest]) => first + rest);
const serverId = fc.string({ unit: fc.constantFrom(...ID), minLength: 17, maxLength: 17 }).map((rest) => `s-${rest}`);
const serverIds = fc.array(serverId, { minLength: 1, maxLength: 4 });
const settings = fc.record({ copyTags: fc.boolean(), name: text }, { requiredKeys: [], noNullPrototype: true });
const serverOverrides = fc.dictionary(serverId, settings, { maxKeys: 3, noNullPrototype: true });
const generation = fc.oneof(fc.nat(), fc.maxSafeNat(), fc.constant(Number.MAX_SAFE_INTEGER));

const version = fc.integer({ min: 1, max: 9999 });
const configurationId = groupId;
const configuration = fc.record(
  { configurationId, version },
  { requiredKeys: ['configurationId'], noNullPrototype: true },
);
const keys = fc.uniqueArray(fc.constantFrom('copyTags', 'subnetId', 'tags.team'), { maxLength: 3 });
const bindingId = fc.oneof(
  printable.map((name) => `user:${name}:10`),
  fc.constantFrom('userGroup:a/b:0', 'default::1'),
);
const subject = fc.oneof(
  fc.record({ kind: fc.constantFrom('user', 'userGroup'), id: printable }, { noNullPrototype: true }),
  fc.record({ kind: fc.constant('protectionGroup'), id: groupId }, { noNullPrototype: true }),
  fc.constant({ kind: 'default' }),
);

const instanceId = fc.oneof(serverId, fc.constantFrom('i-0a1b2c3d4e5f60718', 'i-0a1b2c3d'));
const driftPolicy = fc.record(
  {
    threshold: fc.integer({ min: 0, max: 100 }),
    mode: fc.constantFrom('automatic', 'approval', 'dry_run'),
    actions: fc.constantFrom({}, { drifted: 'rollback' }),
    ignore: fc.constantFrom([], [{ path: '/tags/*', reason: 'r', owner: 'o', expiresAt: '2027-01-31T00:00:00Z' }]),
  },
  { requiredKeys: [], noNullPrototype: true },
);

const caller = { correlationId: text };
const change = { ...caller, idempotencyKey: printable };
const definition = {
  name: text,
  description: text,
  accountId: fc.constant('111111111111'),
  region: fc.constant('us-east-1'),
  tags: fc.constant({ team: 'orders' }),
  serverIds,
  configuration,
  launchConfig: settings,
  serverOverrides,
  driftPolicy,
};
const page = { ...caller, limit: fc.integer({ min: 1, max: 100 }), nextToken: text };
const publishing = {
  ...change,
  configurationId,
  planHash: fc.constant(`sha256:${'0f'.repeat(32)}`),
  message: text,
  maxFailureShare: fc.double({ min: 0, max: 1, noNaN: true }),
};
const bound = { configurationId, version };

/** Fields of which only these have to be stated. */
function fields(all: Readonly<Record<string, fc.Arbitrary<unknown>>>, requiredKeys: readonly string[] = []) {
  return fc.record(all, { requiredKeys: [...requiredKeys], noNullPrototype: true });
}

const execution = fc
  .string({ unit: fc.constantFrom(...ID, '.', ':', '-', '_'), minLength: 1, maxLength: 12 })
  .filter((id) => id !== '.' && id !== '..');

/** Any fields that the client can send, for each operation. */
export const anyFields: Readonly<Record<OperationName, fc.Arbitrary<object>>> = {
  list_protection_groups: fields(page),
  create_protection_group: fields({ ...change, ...definition, groupId }),
  get_protection_group: fields({ ...caller, groupId }, ['groupId']),
  update_protection_group: fields({ ...change, ...definition, groupId, generation }, ['groupId']),
  delete_protection_group: fields({ ...change, groupId, generation }, ['groupId']),
  add_servers_to_group: fields({ ...change, groupId, generation, serverIds, serverOverrides }, [
    'groupId',
    'serverIds',
  ]),
  remove_servers_from_group: fields({ ...change, groupId, generation, serverIds }, ['groupId', 'serverIds']),
  apply_launch_configs: fields({ ...change, groupId, force: fc.boolean() }, ['groupId']),
  get_launch_config_status: fields({ ...caller, groupId }, ['groupId']),
  start_wave_recovery: fields(
    {
      ...caller,
      executionId: execution,
      waveNumber: fc.integer({ min: 0, max: 9999 }),
      groupIds: fc.array(groupId, { minLength: 1, maxLength: 3 }),
      isDrill: fc.boolean(),
      applyWaitSeconds: fc.integer({ min: 0, max: 840 }),
    },
    ['executionId', 'waveNumber', 'groupIds'],
  ),
  resolve_configuration: fields({
    ...caller,
    userId: printable,
    userGroups: fc.array(printable, { maxLength: 3 }),
    configurationId,
    version,
    groupId,
    serverId,
    instanceType: fc.constant('m7i.large'),
    overrides: settings,
  }),
  list_configurations: fields(page),
  get_configuration: fields({ ...caller, configurationId, version }, ['configurationId']),
  list_configuration_versions: fields({ ...page, configurationId }, ['configurationId']),
  compare_configuration_versions: fields({ ...caller, configurationId, fromVersion: version, toVersion: version }, [
    'configurationId',
    'fromVersion',
    'toVersion',
  ]),
  get_configuration_draft: fields({ ...caller, configurationId }, ['configurationId']),
  save_configuration_draft: fields(
    {
      ...caller,
      configurationId,
      generation,
      parents: fc.uniqueArray(configuration, { maxLength: 3, selector: (parent) => parent.configurationId }),
      settings,
      variants: fc.dictionary(fc.constantFrom('m7i.*', '*', 'c5.large'), settings, { noNullPrototype: true }),
      unset: keys,
      locked: keys,
      description: text,
      owner: text,
    },
    ['configurationId'],
  ),
  discard_configuration_draft: fields({ ...caller, configurationId, generation }, ['configurationId']),
  plan_configuration_publish: fields({ ...caller, configurationId, toVersion: version }, ['configurationId']),
  publish_configuration: fields(publishing, ['configurationId', 'planHash', 'message']),
  rollback_configuration: fields({ ...publishing, toVersion: version }, [
    'configurationId',
    'toVersion',
    'planHash',
    'message',
  ]),
  resume_configuration_rollout: fields({ ...change, configurationId }, ['configurationId']),
  delete_configuration: fields({ ...change, configurationId }, ['configurationId']),
  get_configuration_graph: fields({
    ...caller,
    configurationId,
    draft: fc.boolean(),
    format: fc.constantFrom('data', 'opencypher', 'graphml'),
  }),
  list_bindings: fields(caller),
  create_binding: fields({ ...change, ...bound, subject, priority: fc.integer({ min: 0, max: 9999 }) }, [
    'subject',
    'priority',
    'configurationId',
  ]),
  update_binding: fields({ ...change, ...bound, bindingId }, ['bindingId', 'configurationId']),
  delete_binding: fields({ ...change, bindingId }, ['bindingId']),
  audit_protection_group: fields({ ...change, groupId }, ['groupId']),
  list_instance_drift: fields({ ...page, groupId, minScore: fc.constantFrom(0, 25, 99.5, 100) }),
  get_instance_drift: fields({ ...caller, instanceId }, ['instanceId']),
  remediate_instance: fields(
    {
      ...change,
      instanceId,
      action: fc.constantFrom('rollback', 'sync', 'adopt', 'approve'),
      as: fc.constantFrom('configuration', 'override'),
      keys: fc.uniqueArray(fc.constantFrom('subnetId', 'tags.team'), { minLength: 1 }),
      dryRun: fc.boolean(),
    },
    ['instanceId', 'action'],
  ),
  get_audit_log: fields({
    ...caller,
    groupId,
    actor: text,
    from: fc.constant('2026-01-31T12:00:00Z'),
    to: fc.constant('2026-02-01T12:00:00.000Z'),
    limit: fc.integer({ min: 1, max: 200 }),
    nextToken: text,
  }),
};
