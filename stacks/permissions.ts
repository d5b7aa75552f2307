import { physicalName } from '@prelaunch/topology/names';
import type { Topology } from '@prelaunch/topology/shape';
import type { FunctionInputs } from './functions.ts';
import type { Home } from './home.ts';
import { lookup } from './lookup.ts';

type Permission = sst.aws.FunctionPermissionArgs;

const TABLE_ACTIONS = [
  'dynamodb:GetItem',
  'dynamodb:BatchGetItem',
  'dynamodb:PutItem',
  'dynamodb:UpdateItem',
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
    ...(uses.targetAccounts === 'none' ? [] : targetReadPermissions(inputs.home)),
    ...(uses.targetAccounts === 'write' ? launchSettingsPermissions(inputs.home) : []),
    ...(uses.recovery ? recoveryPermissions(inputs.home) : []),
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

/** Target accounts are reached through a role in each, the home account with these permissions: what settings refer to is looked up. */
function targetReadPermissions(home: Home): Permission[] {
  return [
    {
      // Target accounts are registered at run time, so the account is `*`; a role of this name trusts only Prelaunch, by external id.
      actions: ['sts:AssumeRole', 'sts:SetSourceIdentity'],
      resources: [$interpolate`arn:${home.partition}:iam::*:role/prelaunch-target-*`],
    },
    {
      // IAM has no resource-level permissions for these; all of them only read.
      actions: [
        'drs:DescribeSourceServers',
        'ec2:DescribeInstances',
        'ec2:DescribeInstanceTypes',
        'ec2:DescribeSecurityGroups',
        'ec2:DescribeSubnets',
      ],
      resources: ['*'],
    },
    {
      // Settings name profiles, and a name does not say under which path the profile is.
      actions: ['iam:GetInstanceProfile'],
      resources: [$interpolate`arn:${home.partition}:iam::${home.accountId}:instance-profile/*`],
    },
  ];
}

/** What writes launch settings in the home account; the role in a target account allows the same there. */
function launchSettingsPermissions(home: Home): Permission[] {
  return [
    {
      // Each server names its own Region, and servers come and go with the fleet, so Region and id are `*`.
      actions: ['drs:GetLaunchConfiguration', 'drs:UpdateLaunchConfiguration'],
      resources: [$interpolate`arn:${home.partition}:drs:*:${home.accountId}:source-server/*`],
    },
    {
      // DRS makes one template per server, in its Region, under an id of its own, but it tags them. It also deletes versions as its caller, and Prelaunch its own old ones.
      actions: ['ec2:CreateLaunchTemplateVersion', 'ec2:ModifyLaunchTemplate', 'ec2:DeleteLaunchTemplateVersions'],
      resources: [$interpolate`arn:${home.partition}:ec2:*:${home.accountId}:launch-template/*`],
      conditions: [{ test: 'Null', variable: 'aws:ResourceTag/AWSElasticDisasterRecoveryManaged', values: ['false'] }],
    },
    {
      // IAM has no resource-level permissions for these; both only read.
      actions: ['ec2:DescribeLaunchTemplates', 'ec2:DescribeLaunchTemplateVersions'],
      resources: ['*'],
    },
  ];
}

/** Waves in the home account. Jobs belong to no single server, and each names its own Region. */
function recoveryPermissions(home: Home): Permission[] {
  return [
    {
      actions: ['drs:StartRecovery', 'drs:TagResource'],
      resources: [
        $interpolate`arn:${home.partition}:drs:*:${home.accountId}:source-server/*`,
        $interpolate`arn:${home.partition}:drs:*:${home.accountId}:job/*`,
      ],
    },
    {
      // IAM has no resource-level permissions for it; it only reads.
      actions: ['drs:DescribeJobs'],
      resources: ['*'],
    },
  ];
}
