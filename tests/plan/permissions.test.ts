import type { FunctionSpec } from '@prelaunch/topology/shape';
import { describe, expect, it } from 'vitest';
import { physical } from './support/physical.ts';
import { planOf, TYPE } from './support/plan.ts';
import { grantsOf, permissionLines, type Statement, statementsOf } from './support/policy.ts';
import { ACCOUNT } from './support/provider-stub.ts';
import { RENDERED, SAMPLE } from './support/stages.ts';

const TABLE_ACTIONS = ['GetItem', 'BatchGetItem', 'PutItem', 'UpdateItem', 'BatchWriteItem', 'Query', 'Scan'].map(
  (action) => `dynamodb:${action}`,
);
const AUDIT_READS = ['dynamodb:GetItem', 'dynamodb:Query'];
const CONSUMER_ACTIONS = ['ReceiveMessage', 'DeleteMessage', 'ChangeMessageVisibility', 'GetQueueAttributes'].map(
  (action) => `sqs:${action}`,
);

/** The only actions that may stand beside the resource `*`: they read, and IAM offers nothing narrower for them. */
const TEMPLATE_READS = ['ec2:DescribeLaunchTemplateVersions', 'ec2:DescribeLaunchTemplates'];
const TARGET_READS = [
  'drs:DescribeSourceServers',
  'ec2:DescribeInstances',
  'ec2:DescribeInstanceTypes',
  'ec2:DescribeSecurityGroups',
  'ec2:DescribeSubnets',
];
const AUDIT_READS_OF_TARGETS = [
  'drs:DescribeSourceServers',
  'ec2:DescribeIamInstanceProfileAssociations',
  'ec2:DescribeInstances',
  ...TEMPLATE_READS,
];
const READS_OF_EVERYTHING = [...TEMPLATE_READS, ...TARGET_READS, ...AUDIT_READS_OF_TARGETS, 'drs:DescribeJobs'];

/** Resources that DRS has made, and tagged. */
const MANAGED = { Null: { 'aws:ResourceTag/AWSElasticDisasterRecoveryManaged': ['false'] } };

function allow(Action: readonly string[], Resource: readonly string[], Condition?: unknown): Statement {
  return { Effect: 'Allow', Action, Resource, ...(Condition !== undefined && { Condition }) };
}

describe.each(RENDERED)('the roles of stage %s', (stage, topology) => {
  const plan = planOf(stage);
  const { arn, busArn, functionArn, logGroup, name, queueArn, tableArn } = physical(stage);
  const roles = plan.all(TYPE.role);
  const roleByArn = new Map(
    roles.map((role) => [`arn:aws:iam::${ACCOUNT}:role/${role.inputs.name ?? role.name}`, role]),
  );

  function roleOf(roleArn: unknown) {
    const role = roleByArn.get(String(roleArn));
    if (!role) throw new Error(`No role has the ARN ${roleArn}`);
    return role;
  }

  function expectedGrants(id: string, { uses }: FunctionSpec): Statement[] {
    const consumed = Object.values(topology.mappings).filter((mapping) => mapping.function === id);
    return [
      allow(['logs:CreateLogStream', 'logs:PutLogEvents'], [arn('logs', `log-group:${logGroup(id)}:*`)]),
      allow(TABLE_ACTIONS, uses.tables.filter((table) => table !== 'AuditLog').map(tableArn)),
      allow(
        id === 'append-audit-log' ? [...AUDIT_READS, 'dynamodb:PutItem'] : AUDIT_READS,
        uses.tables.filter((table) => table === 'AuditLog').map(tableArn),
      ),
      allow(
        ['dynamodb:DeleteItem'],
        uses.tables.filter((id) => uses.access && ['Idempotency', 'Bindings'].includes(id)).map(tableArn),
      ),
      allow(['sqs:SendMessage'], uses.queues.map(queueArn)),
      allow(
        CONSUMER_ACTIONS,
        consumed.map(({ queue }) => queueArn(queue)),
      ),
      allow(['events:PutEvents'], uses.bus ? [busArn] : []),
      ...uses.targetAccounts.flatMap((use) => [
        allow(['sts:AssumeRole', 'sts:SetSourceIdentity'], ['arn:aws:iam::*:role/prelaunch-target-*']),
        ...expectedTargetGrants[use](),
      ]),
      ...(uses.recovery ? expectedRecoveryGrants() : []),
    ];
  }

  const expectedTargetGrants = {
    read: expectedTargetReadGrants,
    write: () => [...expectedTargetReadGrants(), ...expectedLaunchSettingsGrants()],
    audit: expectedAuditGrants,
    remediate: () => [...expectedAuditGrants(), ...expectedRemediationGrants()],
  };

  function expectedTargetReadGrants(): Statement[] {
    return [
      allow(TARGET_READS, ['*']),
      allow(['iam:GetInstanceProfile'], [`arn:aws:iam::${ACCOUNT}:instance-profile/*`]),
    ];
  }

  function expectedLaunchSettingsGrants(): Statement[] {
    return [
      allow(
        ['drs:GetLaunchConfiguration', 'drs:UpdateLaunchConfiguration'],
        [`arn:aws:drs:*:${ACCOUNT}:source-server/*`],
      ),
      allow(
        ['ec2:CreateLaunchTemplateVersion', 'ec2:ModifyLaunchTemplate', 'ec2:DeleteLaunchTemplateVersions'],
        [`arn:aws:ec2:*:${ACCOUNT}:launch-template/*`],
        MANAGED,
      ),
      allow(TEMPLATE_READS, ['*']),
    ];
  }

  function expectedAuditGrants(): Statement[] {
    return [
      allow(['drs:GetLaunchConfiguration'], [`arn:aws:drs:*:${ACCOUNT}:source-server/*`]),
      allow(AUDIT_READS_OF_TARGETS, ['*']),
    ];
  }

  function expectedRemediationGrants(): Statement[] {
    const ofEc2 = (resource: string) => `arn:aws:ec2:*:${ACCOUNT}:${resource}/*`;
    const onInstances = [
      ...['AssociateIamInstanceProfile', 'DisassociateIamInstanceProfile', 'ReplaceIamInstanceProfileAssociation'],
      ...['ModifyInstanceAttribute', 'ModifyInstanceMetadataOptions', 'ModifyNetworkInterfaceAttribute'],
      ...['MonitorInstances', 'UnmonitorInstances'],
    ].map((action) => `ec2:${action}`);
    return [
      allow(onInstances, [ofEc2('instance')], MANAGED),
      allow(['ec2:ModifyNetworkInterfaceAttribute'], [ofEc2('network-interface')], MANAGED),
      allow(['ec2:ModifyInstanceAttribute', 'ec2:ModifyNetworkInterfaceAttribute'], [ofEc2('security-group')]),
      allow(['ec2:CreateTags', 'ec2:DeleteTags'], [ofEc2('instance')], {
        ...MANAGED,
        'ForAllValues:StringNotLike': { 'aws:TagKeys': ['AWSElasticDisasterRecovery*'] },
      }),
      allow(['iam:PassRole'], [`arn:aws:iam::${ACCOUNT}:role/prelaunch-instance-*`], {
        StringEquals: { 'iam:PassedToService': ['ec2.amazonaws.com'] },
      }),
    ];
  }

  function expectedRecoveryGrants(): Statement[] {
    const ofDrs = (resource: string) => `arn:aws:drs:*:${ACCOUNT}:${resource}/*`;
    return [
      allow(['drs:StartRecovery', 'drs:TagResource'], [ofDrs('source-server'), ofDrs('job')]),
      allow(['drs:DescribeJobs'], ['*']),
    ];
  }

  it('are one per function and one per schedule, shared by nobody', () => {
    const users = [
      ...plan.all(TYPE.function).map(({ inputs }) => inputs.role),
      ...plan.all(TYPE.schedule).map(({ inputs }) => (inputs.target as { roleArn: string }).roleArn),
    ];
    expect(new Set(users)).toEqual(new Set(roleByArn.keys()));
    expect(users).toHaveLength(roles.length);
  });

  it.each(Object.entries(topology.functions))('let %s do what it uses, and nothing else', (id, spec) => {
    const fn = plan.inputsBy('name', TYPE.function)[name(id)];
    expect(permissionLines(grantsOf(roleOf(fn?.role)))).toEqual(permissionLines(expectedGrants(id, spec)));
  });

  it('let nobody delete or update what is in the audit log, and one function add to it', () => {
    const writers = Object.keys(topology.functions).filter((id) => {
      const grants = grantsOf(roleOf(plan.inputsBy('name', TYPE.function)[name(id)]?.role));
      const actions = grants
        .filter(({ Resource }) => Resource.includes(tableArn('AuditLog')))
        .flatMap(({ Action }) => Action);
      expect(actions.filter((action) => /Delete|Update|Batch|PartiQL/.test(action))).toEqual([]);
      return actions.includes('dynamodb:PutItem');
    });
    expect(writers).toEqual(stage === SAMPLE ? [] : ['append-audit-log']);
  });

  it.each(Object.keys(topology.functions))('can be taken by Lambda only, for %s', (id) => {
    const { inputs } = roleOf(plan.inputsBy('name', TYPE.function)[name(id)]?.role);
    expect(statementsOf(inputs.assumeRolePolicy)).toEqual([
      expect.objectContaining({ Principal: { Service: 'lambda.amazonaws.com' }, Action: ['sts:AssumeRole'] }),
    ]);
  });

  it.each(Object.entries(topology.schedules))(
    'let schedule %s invoke its function and keep what it cannot deliver',
    (id, spec) => {
      const { target } = plan.inputsBy('name', TYPE.schedule)[name(id)] ?? {};
      const role = roleOf((target as { roleArn: string }).roleArn);
      expect(permissionLines(grantsOf(role))).toEqual(
        permissionLines([
          allow(['lambda:InvokeFunction'], [functionArn(spec.function)]),
          allow(['sqs:SendMessage'], [queueArn(spec.undeliveredQueue)]),
        ]),
      );
      expect(statementsOf(role.inputs.assumeRolePolicy)).toEqual([
        {
          Effect: 'Allow',
          Principal: { Service: ['scheduler.amazonaws.com'] },
          Action: ['sts:AssumeRole'],
          Resource: [],
          Condition: { StringEquals: { 'aws:SourceAccount': [ACCOUNT] } },
        },
      ]);
    },
  );

  it.each(roles)('are written out: $name has no managed policy, no action wildcard, and `*` only to read', (role) => {
    expect(role.inputs.managedPolicyArns ?? []).toEqual([]);
    for (const { Action, Resource } of grantsOf(role)) {
      expect(Action.filter((action) => action.includes('*'))).toEqual([]);
      if (Resource.includes('*')) expect(Action.filter((action) => !READS_OF_EVERYTHING.includes(action))).toEqual([]);
    }
  });
});
