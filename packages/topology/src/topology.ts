import type { Topology } from './shape.ts';

const DAY_SECONDS = 24 * 3600;
const FUNCTIONS = 'packages/functions/src';

/** A queue that keeps what could not be handled, for as long as SQS allows. */
const deadLetters = { visibilitySeconds: 900, retentionSeconds: 14 * DAY_SECONDS } as const;

/** EventBridge's own defaults, stated: a day and 185 tries before an event goes to the undelivered queue. */
const delivery = { maximumAgeSeconds: DAY_SECONDS, maximumAttempts: 185 } as const;

/** Calls after which settings of servers or of running instances may be others. A test holds packages/contracts/aws-events to them. */
const AUDITED_CALLS = [
  'UpdateLaunchConfiguration',
  'CreateLaunchTemplateVersion',
  'ModifyLaunchTemplate',
  'DeleteLaunchTemplate',
  'DeleteLaunchTemplateVersions',
  'ModifyInstanceAttribute',
  'ModifyNetworkInterfaceAttribute',
  'ModifyInstanceMetadataOptions',
  'AssociateIamInstanceProfile',
  'ReplaceIamInstanceProfileAssociation',
  'DisassociateIamInstanceProfile',
  'CreateTags',
  'DeleteTags',
  'MonitorInstances',
  'UnmonitorInstances',
  'StopInstances',
  'StartInstances',
  'TerminateInstances',
] as const;

/** What it takes to plan groups, whatever asks for it. */
const planning = {
  tables: ['ProtectionGroups', 'SourceServers', 'Configurations', 'Bindings', 'TargetAccounts', 'Budgets'],
  bus: true,
  targetAccounts: ['read'],
  recovery: false,
  access: false,
  drift: false,
} as const;

/** What it takes to audit servers and instances, whatever asks for it. */
const auditing = {
  tables: [
    'ProtectionGroups',
    'SourceServers',
    'Configurations',
    'Bindings',
    'Instances',
    'InstanceRecords',
    'TargetAccounts',
    'Budgets',
  ],
  bus: true,
  recovery: false,
  access: false,
  drift: true,
} as const;

/** What the operations need, whichever way they are reached. */
const everyOperation = {
  tables: [
    'ProtectionGroups',
    'SourceServers',
    'Configurations',
    'Bindings',
    'TargetAccounts',
    'Budgets',
    'Waves',
    'Idempotency',
    'AuditLog',
    'Instances',
    'InstanceRecords',
  ],
  queues: ['apply', 'audit'],
  bus: true,
  targetAccounts: ['write', 'remediate'],
  recovery: true,
  access: true,
  drift: true,
} as const;

/**
 * The wiring's only home: what is not here exists nowhere. `stacks/` renders it for AWS, `packages/local` runs it on one
 * machine, and tests hold both to it. Ids are logical; `names.ts` gives the physical names of a stage.
 */
export const topology = {
  applyLeaseSeconds: 25,

  tables: {
    ProtectionGroups: { partitionKey: 'groupId' },
    SourceServers: { partitionKey: 'serverId' },
    TargetAccounts: { partitionKey: 'accountId' },
    Budgets: { partitionKey: 'budgetId', timeToLive: 'expiresAt' },
    Waves: { partitionKey: 'waveId', timeToLive: 'expiresAt' },
    Idempotency: { partitionKey: 'id', timeToLive: 'expiration' },
    AuditLog: { partitionKey: 'chain', sortKey: 'position' },
    Configurations: { partitionKey: 'configurationId', sortKey: 'item' },
    Bindings: { partitionKey: 'subject', sortKey: 'priority' },
    Instances: { partitionKey: 'instanceId' },
    InstanceRecords: { partitionKey: 'subject', sortKey: 'item', timeToLive: 'expiresAt' },
  },

  queues: {
    plan: {
      visibilitySeconds: 360,
      retentionSeconds: 4 * DAY_SECONDS,
      redrive: { deadLetterQueue: 'plan-dlq', maxReceiveCount: 5 },
    },
    'plan-dlq': deadLetters,
    'plan-undelivered': deadLetters,
    rollout: {
      visibilitySeconds: 720,
      retentionSeconds: 4 * DAY_SECONDS,
      redrive: { deadLetterQueue: 'rollout-dlq', maxReceiveCount: 5 },
    },
    'rollout-dlq': deadLetters,
    'rollout-undelivered': deadLetters,
    // Throttled servers go back with a growing delay, so many deliveries are normal here; a message nobody can read goes fast.
    apply: {
      visibilitySeconds: 120,
      retentionSeconds: 4 * DAY_SECONDS,
      redrive: { deadLetterQueue: 'apply-dlq', maxReceiveCount: 25 },
    },
    'apply-dlq': deadLetters,
    status: {
      visibilitySeconds: 90,
      retentionSeconds: 4 * DAY_SECONDS,
      redrive: { deadLetterQueue: 'status-dlq', maxReceiveCount: 10 },
    },
    'status-dlq': deadLetters,
    'status-undelivered': deadLetters,
    'reconcile-undelivered': deadLetters,
    // A large group takes a while, since audits keep to a rate of their own.
    'drift-audit': {
      visibilitySeconds: 5400,
      retentionSeconds: 4 * DAY_SECONDS,
      redrive: { deadLetterQueue: 'drift-audit-dlq', maxReceiveCount: 10 },
    },
    'drift-audit-dlq': deadLetters,
    'drift-audit-undelivered': deadLetters,
    // Apart from audits of groups, behind which they would have to wait.
    'drift-edits': {
      visibilitySeconds: 720,
      retentionSeconds: 4 * DAY_SECONDS,
      redrive: { deadLetterQueue: 'drift-edits-dlq', maxReceiveCount: 10 },
    },
    'drift-edits-dlq': deadLetters,
    'drift-edits-undelivered': deadLetters,
    remediation: {
      visibilitySeconds: 720,
      retentionSeconds: 4 * DAY_SECONDS,
      redrive: { deadLetterQueue: 'remediation-dlq', maxReceiveCount: 10 },
    },
    'remediation-dlq': deadLetters,
    'remediation-undelivered': deadLetters,
    'drift-alerts-undelivered': deadLetters,
    'schedule-audits-undelivered': deadLetters,
    audit: {
      visibilitySeconds: 180,
      retentionSeconds: 14 * DAY_SECONDS,
      redrive: { deadLetterQueue: 'audit-dlq', maxReceiveCount: 20 },
    },
    'audit-dlq': deadLetters,
  },

  topics: {
    'drift-alerts': { displayName: 'Prelaunch drift' },
  },

  functions: {
    plan: {
      entry: `${FUNCTIONS}/plan.ts`,
      timeoutSeconds: 60,
      memoryMb: 512,
      uses: { ...planning, queues: ['plan', 'apply'] },
    },
    'roll-out': {
      entry: `${FUNCTIONS}/roll-out.ts`,
      timeoutSeconds: 120,
      memoryMb: 512,
      uses: { ...planning, queues: ['rollout', 'apply'] },
    },
    apply: {
      entry: `${FUNCTIONS}/apply.ts`,
      timeoutSeconds: 20,
      memoryMb: 512,
      uses: {
        tables: ['SourceServers', 'InstanceRecords', 'TargetAccounts', 'Budgets'],
        queues: ['apply', 'audit'],
        bus: true,
        targetAccounts: ['write'],
        recovery: false,
        access: false,
        drift: false,
      },
    },
    aggregate: {
      entry: `${FUNCTIONS}/aggregate.ts`,
      timeoutSeconds: 15,
      memoryMb: 512,
      uses: {
        tables: ['ProtectionGroups', 'SourceServers'],
        queues: ['status'],
        bus: true,
        targetAccounts: [],
        recovery: false,
        access: false,
        drift: false,
      },
    },
    'record-dead-letters': {
      entry: `${FUNCTIONS}/record-dead-letters.ts`,
      timeoutSeconds: 15,
      memoryMb: 256,
      uses: {
        tables: ['SourceServers'],
        queues: ['apply-dlq'],
        bus: true,
        targetAccounts: [],
        recovery: false,
        access: false,
        drift: false,
      },
    },
    reconcile: {
      entry: `${FUNCTIONS}/reconcile.ts`,
      timeoutSeconds: 55,
      memoryMb: 512,
      uses: {
        tables: ['ProtectionGroups', 'SourceServers', 'Configurations', 'Bindings'],
        queues: ['apply'],
        bus: true,
        targetAccounts: [],
        recovery: false,
        access: false,
        drift: false,
      },
    },
    'schedule-audits': {
      entry: `${FUNCTIONS}/schedule-audits.ts`,
      timeoutSeconds: 60,
      memoryMb: 256,
      uses: {
        tables: ['ProtectionGroups', 'InstanceRecords'],
        queues: [],
        bus: true,
        targetAccounts: [],
        recovery: false,
        access: false,
        drift: false,
      },
    },
    'audit-drift': {
      entry: `${FUNCTIONS}/audit-drift.ts`,
      timeoutSeconds: 900,
      memoryMb: 1024,
      uses: { ...auditing, queues: ['drift-audit', 'apply'], targetAccounts: ['audit'] },
    },
    'audit-edits': {
      entry: `${FUNCTIONS}/audit-edits.ts`,
      timeoutSeconds: 120,
      memoryMb: 512,
      uses: { ...auditing, queues: ['drift-edits', 'apply'], targetAccounts: ['audit'] },
    },
    remediate: {
      entry: `${FUNCTIONS}/remediate.ts`,
      timeoutSeconds: 120,
      memoryMb: 512,
      uses: { ...auditing, queues: ['remediation', 'apply', 'audit'], targetAccounts: ['remediate'] },
    },
    'append-audit-log': {
      entry: `${FUNCTIONS}/append-audit-log.ts`,
      timeoutSeconds: 30,
      memoryMb: 256,
      uses: {
        tables: ['AuditLog'],
        queues: ['audit'],
        bus: false,
        targetAccounts: [],
        recovery: false,
        access: false,
        drift: false,
      },
    },
    operations: {
      entry: `${FUNCTIONS}/operations.ts`,
      timeoutSeconds: 900,
      memoryMb: 512,
      // Who may invoke which alias is for IAM to say; what an alias may do is in the access configuration.
      aliases: ['orchestrator', 'publisher', 'auditor'],
      uses: everyOperation,
    },
    // Only API Gateway may invoke it: it believes the identity that the event names.
    api: { entry: `${FUNCTIONS}/api.ts`, timeoutSeconds: 29, memoryMb: 1024, uses: everyOperation },
  },

  rules: {
    // Any source: upstream systems publish under their own name.
    'plan-changes': {
      bus: 'own',
      pattern: { 'detail-type': ['Protection Group Changed'] },
      target: { queue: 'plan' },
      undeliveredQueue: 'plan-undelivered',
      retry: delivery,
    },
    // A published version begins its way to groups, and each group that settles may let it go on.
    'roll-out-configurations': {
      bus: 'own',
      pattern: {
        source: ['prelaunch'],
        'detail-type': ['Configuration Published', 'Launch Config Status Changed'],
      },
      target: { queue: 'rollout' },
      undeliveredQueue: 'rollout-undelivered',
      retry: delivery,
    },
    'aggregate-outcomes': {
      bus: 'own',
      pattern: { source: ['prelaunch'], 'detail-type': ['Launch Config Applied', 'Launch Config Apply Failed'] },
      target: { queue: 'status' },
      undeliveredQueue: 'status-undelivered',
      retry: delivery,
    },
    'audit-requests': {
      bus: 'own',
      pattern: { source: ['prelaunch'], 'detail-type': ['Drift Audit Requested'] },
      target: { queue: 'drift-audit' },
      undeliveredQueue: 'drift-audit-undelivered',
      retry: delivery,
    },
    // What somebody changes outside of Prelaunch, in DRS, in EC2 or on an instance that a recovery launched.
    'settings-edited': {
      bus: 'default',
      pattern: {
        source: ['aws.drs', 'aws.ec2'],
        'detail-type': ['AWS API Call via CloudTrail'],
        detail: {
          eventSource: ['drs.amazonaws.com', 'ec2.amazonaws.com'],
          eventName: AUDITED_CALLS,
        },
      },
      target: { queue: 'drift-edits' },
      undeliveredQueue: 'drift-edits-undelivered',
      retry: delivery,
    },
    'recovery-launches': {
      bus: 'default',
      pattern: { source: ['aws.drs'], 'detail-type': ['DRS Source Server Launch Result'] },
      target: { queue: 'drift-edits' },
      undeliveredQueue: 'drift-edits-undelivered',
      retry: delivery,
    },
    'remediate-drift': {
      bus: 'own',
      pattern: { source: ['prelaunch'], 'detail-type': ['Drift Detected'] },
      target: { queue: 'remediation' },
      undeliveredQueue: 'remediation-undelivered',
      retry: delivery,
    },
    'alert-of-drift': {
      bus: 'own',
      pattern: {
        source: ['prelaunch'],
        'detail-type': ['Drift Detected', 'Remediation Held'],
        detail: { data: { $or: [{ exceedsThreshold: [true], repeated: [false] }, { brake: [{ exists: true }] }] } },
      },
      target: { topic: 'drift-alerts' },
      undeliveredQueue: 'drift-alerts-undelivered',
      retry: delivery,
    },
  },

  mappings: {
    // One group may take minutes, and a batch ends with its last.
    'audit-drift': {
      queue: 'drift-audit',
      function: 'audit-drift',
      batchSize: 1,
      batchingWindowSeconds: 0,
      maximumConcurrency: 2,
    },
    'audit-edits': {
      queue: 'drift-edits',
      function: 'audit-edits',
      batchSize: 10,
      batchingWindowSeconds: 0,
      maximumConcurrency: 2,
    },
    remediate: {
      queue: 'remediation',
      function: 'remediate',
      batchSize: 5,
      batchingWindowSeconds: 0,
      maximumConcurrency: 2,
    },
    // One rollout goes on in one place at a time, most of the time: stages wait for each other anyway.
    'roll-out': {
      queue: 'rollout',
      function: 'roll-out',
      batchSize: 1,
      batchingWindowSeconds: 0,
      maximumConcurrency: 2,
    },
    plan: { queue: 'plan', function: 'plan', batchSize: 5, batchingWindowSeconds: 0, maximumConcurrency: 2 },
    apply: { queue: 'apply', function: 'apply', batchSize: 10, batchingWindowSeconds: 0, maximumConcurrency: 10 },
    // One batch is one block of the day's chain, and blocks are appended one after the other: large batches, few writers.
    'append-audit-log': {
      queue: 'audit',
      function: 'append-audit-log',
      batchSize: 100,
      batchingWindowSeconds: 1,
      maximumConcurrency: 2,
    },
    aggregate: {
      queue: 'status',
      function: 'aggregate',
      batchSize: 10,
      batchingWindowSeconds: 0,
      maximumConcurrency: 2,
    },
    'record-dead-letters': {
      queue: 'apply-dlq',
      function: 'record-dead-letters',
      batchSize: 10,
      batchingWindowSeconds: 0,
      maximumConcurrency: 2,
    },
  },

  schedules: {
    // Each run asks for the audits of the groups whose turn within the hour it is.
    'schedule-audits': {
      expression: 'rate(5 minutes)',
      function: 'schedule-audits',
      undeliveredQueue: 'schedule-audits-undelivered',
      retry: { maximumAgeSeconds: 300, maximumAttempts: 2 },
    },
    reconcile: {
      expression: 'rate(1 minute)',
      function: 'reconcile',
      undeliveredQueue: 'reconcile-undelivered',
      retry: { maximumAgeSeconds: 300, maximumAttempts: 2 },
    },
  },
} as const satisfies Topology;

export type TableId = keyof typeof topology.tables;
export type QueueId = keyof typeof topology.queues;
export type FunctionId = keyof typeof topology.functions;
export type RuleId = keyof typeof topology.rules;
export type MappingId = keyof typeof topology.mappings;
export type ScheduleId = keyof typeof topology.schedules;

/** The topology with its literal types widened, for code that walks all of it. */
export const wiring: Topology = { ...topology };
