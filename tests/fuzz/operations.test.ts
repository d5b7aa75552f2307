import { ERROR_CODES } from '@prelaunch/contracts/error-codes';
import { type OperationName, operations } from '@prelaunch/contracts/operations';
import { OperationError } from '@prelaunch/contracts/operations/operation-error';
import { serveRest } from '@prelaunch/functions/rest/serve-rest';
import { logger } from '@prelaunch/functions/runtime/logger';
import { serveDirect } from '@prelaunch/functions/runtime/serve-direct';
import fc from 'fast-check';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { change } from '../support/builders.ts';
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
  for (const store of [world.groups, world.servers, world.waves, world.bindings]) counting(store, 'save');
  counting(world.bindings, 'delete');
  for (const write of ['saveCatalogue', 'addVersion', 'saveDraft', 'saveRollout'])
    counting(world.configurations, write);
  return { world, changes: () => saved + world.aws.writes() };
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
