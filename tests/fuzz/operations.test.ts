import { ERROR_CODES } from '@prelaunch/contracts/error-codes';
import { type OperationName, operations } from '@prelaunch/contracts/operations';
import { ListInstanceDriftResponse } from '@prelaunch/contracts/operations/drift';
import { OperationError } from '@prelaunch/contracts/operations/operation-error';
import { serveRest } from '@prelaunch/functions/rest/serve-rest';
import { logger } from '@prelaunch/functions/runtime/logger';
import { serveDirect } from '@prelaunch/functions/runtime/serve-direct';
import fc from 'fast-check';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { change, serverId } from '../support/builders.ts';
import { instanceId } from '../support/drift.ts';
import { type OperationWorld, operationWorld } from '../support/operation-world.ts';
import { arbitraryFields, arbitraryRest, hostile, type RestParts } from './arbitrary-requests.ts';

/** Inputs per operation, half of them over HTTP and half by direct invocation. */
const INPUTS = 10_000;
/** A world is used for many inputs, so that they meet what others left behind, and then is left. */
const INPUTS_PER_WORLD = 250;

const ARN = 'arn:aws:lambda:eu-west-1:111111111111:function:prelaunch-local-operations:admins';
const MAY_CHANGE = new Set<OperationName>([
  'create_protection_group',
  'update_protection_group',
  'delete_protection_group',
  'add_servers_to_group',
  'remove_servers_from_group',
  'apply_launch_configs',
  'start_wave_recovery',
  'save_configuration_draft',
  'discard_configuration_draft',
  'publish_configuration',
  'rollback_configuration',
  'resume_configuration_rollout',
  'delete_configuration',
  'create_binding',
  'update_binding',
  'delete_binding',
  'remediate_instance',
  'audit_protection_group',
]);

interface Counted {
  readonly world: OperationWorld;
  /** How often anything was stored, sent or written. */
  changes(): number;
}

beforeEach(() => {
  // Tens of thousands of lines would hide what fails.
  for (const level of ['info', 'warn', 'error'] as const) vi.spyOn(logger, level).mockReturnValue();
});

async function countedWorld(): Promise<Counted> {
  const world = operationWorld();
  await world.planned(change({ tags: { team: 'payments' } }));
  await world.planned(change({ groupId: 'ledger', serverIds: [] }));
  await publishedTwice(world);
  await drifted(world);
  let saved = 0;
  const counting = (store: object, write: string) => {
    const writes = store as Record<string, (item: unknown) => Promise<boolean>>;
    const done = writes[write]?.bind(store);
    vi.spyOn(writes, write).mockImplementation(async (item) => {
      const changed = (await done?.(item)) ?? false;
      saved += changed ? 1 : 0;
      return changed;
    });
  };
  for (const store of [world.groups, world.servers, world.waves, world.bindings, world.instances, world.ledgers])
    counting(store, 'save');
  counting(world.bindings, 'delete');
  for (const write of ['saveCatalogue', 'addVersion', 'saveDraft', 'saveRollout'])
    counting(world.configurations, write);
  return { world, changes: () => saved + world.aws.writes() + world.running.writes() };
}

/** Two configurations of which one inherits from the other, each with a draft, and a binding to go by. */
async function publishedTwice({ ask }: OperationWorld): Promise<void> {
  for (const [configurationId, parents] of [
    ['base', []],
    ['production', [{ configurationId: 'base' }]],
  ] as const) {
    const save = { operation: 'save_configuration_draft', configurationId, parents };
    await ask({ ...save, settings: { copyTags: true } });
    const plan = await ask({ operation: 'plan_configuration_publish', configurationId });
    const planHash = 'planHash' in plan ? plan.planHash : '';
    await ask({ operation: 'publish_configuration', configurationId, planHash, message: 'first' });
    await ask({ ...save, settings: { copyTags: false } });
  }
  const subject = { kind: 'user', id: 'alice' };
  await ask({ operation: 'create_binding', subject, priority: 10, configurationId: 'production' });
}

/** Two servers and an instance that somebody edited on AWS, as an audit found them; of one of them something awaits approval. */
async function drifted({ ask, aws, running, settle }: OperationWorld): Promise<void> {
  const settings = { securityGroupIds: ['sg-0a1b2c3d'], instanceType: 'm5.large', tags: { team: 'payments' } };
  running.addInstance({ instanceId: instanceId(1), serverId: serverId(2), settings });
  const audit = { operation: 'audit_protection_group', groupId: 'payments' };
  await ask(audit);
  for (const id of [serverId(1), serverId(2)]) aws.edit(id, { settings: { subnetId: 'subnet-0e5f6a7b' } });
  running.edit(instanceId(1), { securityGroupIds: ['sg-0e5f6a7b'], instanceType: 'm5.xlarge' });
  await ask(audit);
  const adopt = { operation: 'remediate_instance', instanceId: serverId(2), action: 'adopt', as: 'override' };
  expect(await ask(adopt)).toMatchObject({ remediation: { status: 'awaiting_approval' } });
  const { instances } = ListInstanceDriftResponse.parse(await ask({ operation: 'list_instance_drift', minScore: 1 }));
  expect(instances).toHaveLength(3);
  await settle();
}

/** What came of an input, in terms that every way in has. */
interface Outcome {
  readonly served: boolean;
  readonly body: unknown;
}

async function holds(ask: (world: OperationWorld) => Promise<Outcome>, operation: OperationName, counted: Counted) {
  const before = counted.changes();
  const { served, body } = await ask(counted.world);
  if (served) {
    // Half a path can be the whole path of another operation.
    const fitting = Object.values(operations).filter(({ response }) => response.safeParse(body).success);
    expect(fitting, JSON.stringify(body)).not.toEqual([]);
    if (!MAY_CHANGE.has(operation)) expect(counted.changes()).toBe(before);
    return;
  }
  const { error } = OperationError.parse(body);
  expect(ERROR_CODES).toContain(error.code);
  expect(error.code).not.toBe('operation.failed');
  expect(JSON.stringify(error)).not.toMatch(/\.(ts|js):\d|node:internal|\bat \w+ \(/);
  expect(counted.changes(), JSON.stringify(error)).toBe(before);
}

function restEvent({ method, path, headers, query, body }: RestParts) {
  const claims = { sub: 'somebody', 'cognito:groups': 'admins' };
  const queryStringParameters = Object.keys(query).length === 0 ? null : query;
  const requestContext = { requestId: crypto.randomUUID(), authorizer: { claims } };
  return { httpMethod: method, path, headers, queryStringParameters, body, isBase64Encoded: false, requestContext };
}

async function fuzzed(
  inputs: number,
  arbitrary: fc.Arbitrary<unknown>,
  judge: (input: unknown, world: Counted) => Promise<void>,
) {
  let used = 0;
  let counted = await countedWorld();
  const property = fc.asyncProperty(arbitrary, async (input) => {
    used += 1;
    if (used % INPUTS_PER_WORLD === 0) counted = await countedWorld();
    await judge(input, counted);
  });
  await fc.assert(property, { numRuns: inputs, endOnFailure: true });
}

describe.each(Object.keys(operations) as OperationName[])('%s, given anything', (operation) => {
  it('answers over HTTP what it did, or why it did nothing', { timeout: 300_000 }, async () => {
    await fuzzed(INPUTS / 2, arbitraryRest(operation), async (parts, counted) => {
      const ask = async (world: OperationWorld) => {
        const { statusCode, body } = await serveRest(restEvent(parts as RestParts), crypto.randomUUID(), world);
        expect(statusCode).toBeLessThan(500);
        return { served: statusCode < 400, body: JSON.parse(body) as unknown };
      };
      await holds(ask, operation, counted);
    });
  });

  it('answers direct invocations what it did, or why it did nothing', { timeout: 300_000 }, async () => {
    const stated = arbitraryFields(operation).map((fields) => ({ operation, ...fields }));
    await fuzzed(INPUTS / 2, fc.oneof({ weight: 9, arbitrary: stated }, hostile), async (input, counted) => {
      const ask = async (world: OperationWorld) => {
        const body = await serveDirect(input, { awsRequestId: crypto.randomUUID(), invokedFunctionArn: ARN }, world);
        return { served: !('error' in Object(body)), body };
      };
      await holds(ask, operation, counted);
    });
  });
});
