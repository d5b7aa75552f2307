import { physicalName } from '@prelaunch/topology/names';
import type { Topology } from '@prelaunch/topology/shape';
import type { FunctionInputs } from './functions.ts';
import type { Home } from './home.ts';
import { lookup } from './lookup.ts';
import { targetPermissions } from './target-permissions.ts';

type Permission = sst.aws.FunctionPermissionArgs;

const TABLE_ACTIONS = [
  'dynamodb:GetItem',
  'dynamodb:BatchGetItem',
  'dynamodb:PutItem',
  'dynamodb:UpdateItem',
  'dynamodb:BatchWriteItem',
  'dynamodb:Query',
  'dynamodb:Scan',
];

/** By whoever serves operations: the record of a call that failed, so that the call can be repeated, and bindings. Nothing else ever is. */
const DELETABLE = { tables: ['Idempotency', 'Bindings'], actions: ['dynamodb:DeleteItem'] };

/** The audit log is only added to, by whoever consumes its queue: what is there is never updated, and nobody else writes. */
const AUDIT_LOG = {
  table: 'AuditLog',
  queue: 'audit',
  reads: ['dynamodb:GetItem', 'dynamodb:Query'],
  appends: ['dynamodb:PutItem'],
};

/** What an event source mapping needs of a role, and what a consumer needs to choose the delay before a redelivery. */
const CONSUMER_ACTIONS = [
  'sqs:ReceiveMessage',
  'sqs:DeleteMessage',
  'sqs:ChangeMessageVisibility',
  'sqs:GetQueueAttributes',
];

/** Everything a function may do on AWS: exact actions on what its entry in the topology says it uses. */
export function permissionsOf(functionId: string, topology: Topology, inputs: FunctionInputs): Permission[] {
  const uses = topology.functions[functionId]?.uses;
  if (!uses) throw new Error(`The topology declares no function "${functionId}"`);
  const consumed = Object.values(topology.mappings).filter((mapping) => mapping.function === functionId);
  return [
    writeLogs(physicalName(inputs.stage, functionId), inputs.home),
    ...onEach(
      TABLE_ACTIONS,
      uses.tables.filter((id) => id !== AUDIT_LOG.table).map((id) => lookup(inputs.tables, 'table', id).arn),
    ),
    ...onEach(
      consumed.some(({ queue }) => queue === AUDIT_LOG.queue)
        ? [...AUDIT_LOG.reads, ...AUDIT_LOG.appends]
        : AUDIT_LOG.reads,
      uses.tables.filter((id) => id === AUDIT_LOG.table).map((id) => lookup(inputs.tables, 'table', id).arn),
    ),
    ...onEach(
      DELETABLE.actions,
      uses.tables
        .filter((id) => uses.access && DELETABLE.tables.includes(id))
        .map((id) => lookup(inputs.tables, 'table', id).arn),
    ),
    ...onEach(
      ['sqs:SendMessage'],
      uses.queues.map((id) => lookup(inputs.queues, 'queue', id).arn),
    ),
    ...onEach(
      CONSUMER_ACTIONS,
      consumed.map(({ queue }) => lookup(inputs.queues, 'queue', queue).arn),
    ),
    ...onEach(['events:PutEvents'], uses.bus ? [inputs.bus.arn] : []),
    ...targetPermissions(uses, inputs.home),
  ];
}

/** A statement needs a resource, so no resources means no statement. */
function onEach(actions: string[], resources: $util.Input<string>[]): Permission[] {
  return resources.length > 0 ? [{ actions, resources }] : [];
}

/** The log group exists already, with its retention; the `*` stands for the streams in it, which Lambda names at run time. */
function writeLogs(functionName: string, home: Home): Permission {
  return {
    actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
    resources: [home.arn('logs', `log-group:/aws/lambda/${functionName}:*`)],
  };
}
