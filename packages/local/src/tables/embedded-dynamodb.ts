import { createRequire } from 'node:module';
import * as z from 'zod';
import { jsonAnswer, type Service, type ServiceAnswer } from '../endpoint/service.ts';

const CONTENT_TYPE = 'application/x-amz-json-1.0';

/**
 * The parts of dynalite that are used: its store, validations and actions, without its web server. One endpoint then serves
 * all services without a hop between them, each body is parsed once, and the database closes without a listening socket.
 */
interface DynaliteStore {
  readonly lifecycleManager: { gracefulClose(): Promise<void> };
}
interface DynaliteValidations {
  checkTypes(data: unknown, types: unknown): unknown;
  checkValidations(data: unknown, types: unknown, custom: unknown, store: DynaliteStore): unknown;
}
type DynaliteAction = (
  store: DynaliteStore,
  data: unknown,
  callback: (error: unknown, answer: unknown) => void,
) => void;

const require = createRequire(import.meta.url);

const ACTIONS = [
  'BatchGetItem',
  'BatchWriteItem',
  'CreateTable',
  'DeleteItem',
  'DeleteTable',
  'DescribeTable',
  'DescribeTimeToLive',
  'GetItem',
  'ListTables',
  'PutItem',
  'Query',
  'Scan',
  'TagResource',
  'UntagResource',
  'ListTagsOfResource',
  'UpdateItem',
  'UpdateTable',
] as const;

const Refusal = z.object({ statusCode: z.number(), body: z.unknown() });
const Input = z.record(z.string(), z.unknown());

export interface EmbeddedDynamoDb {
  readonly service: Service;
  /** Calls an action in process; throws when DynamoDB would answer with an error. */
  call(action: string, input: unknown): Promise<unknown>;
  close(): Promise<void>;
}

/** DynamoDB in process: in memory, or in a folder. */
export function createEmbeddedDynamoDb(directory?: string): EmbeddedDynamoDb {
  const store: DynaliteStore = require('dynalite/db').create({
    createTableMs: 0,
    deleteTableMs: 0,
    updateTableMs: 0,
    ...(directory !== undefined && { path: directory }),
  });
  const validations: DynaliteValidations = require('dynalite/validations');
  const actions = new Map(ACTIONS.map((action) => [action as string, loadAction(action, validations, store)]));

  return {
    async service(request, record) {
      const action = /^DynamoDB_\d+\.(\w+)$/.exec(request.headers['x-amz-target']?.toString() ?? '')?.[1] ?? '';
      const run = actions.get(action);
      if (!run) return refuse('com.amazon.coral.service#UnknownOperationException', `No such operation: ${action}`);
      const input = parseInput(request.body);
      if (!input) return refuse('com.amazon.coral.service#SerializationException', 'The body is not a JSON object');
      record(action, tablesOf(input));
      return run(input).then((output) => jsonAnswer(CONTENT_TYPE, 200, output ?? {}), answerRefusal);
    },
    async call(action, input) {
      const run = actions.get(action);
      if (!run) throw new Error(`No such DynamoDB operation: ${action}`);
      return run(input);
    },
    close: () => store.lifecycleManager.gracefulClose(),
  };
}

function loadAction(action: string, validations: DynaliteValidations, store: DynaliteStore) {
  const file = action.charAt(0).toLowerCase() + action.slice(1);
  const run: DynaliteAction = require(`dynalite/actions/${file}`);
  const { types, custom } = require(`dynalite/validations/${file}`);
  return (input: unknown): Promise<unknown> =>
    new Promise((resolve, reject) => {
      const data = validations.checkTypes(input, types);
      validations.checkValidations(data, types, custom, store);
      run(store, data, (error, output) => (error ? reject(error) : resolve(output)));
    });
}

function answerRefusal(error: unknown): ServiceAnswer {
  const refusal = Refusal.safeParse(error);
  if (!refusal.success) throw error;
  return jsonAnswer(CONTENT_TYPE, refusal.data.statusCode, refusal.data.body);
}

function refuse(type: string, message: string): ServiceAnswer {
  return jsonAnswer(CONTENT_TYPE, 400, { __type: type, message });
}

function parseInput(body: string): Record<string, unknown> | undefined {
  try {
    return Input.parse(JSON.parse(body));
  } catch {
    return undefined;
  }
}

function tablesOf(input: Record<string, unknown>): string[] {
  if (typeof input.TableName === 'string') return [input.TableName];
  const { RequestItems } = input;
  return typeof RequestItems === 'object' && RequestItems !== null ? Object.keys(RequestItems).sort() : [];
}
