import type { Topology } from './shape.ts';

const DAY_SECONDS = 24 * 3600;
const FUNCTIONS = 'packages/functions/src';

/** A queue that keeps what could not be handled, for as long as SQS allows. */
const deadLetters = { visibilitySeconds: 900, retentionSeconds: 14 * DAY_SECONDS } as const;

/** EventBridge's own defaults, stated: a day and 185 tries before an event goes to the undelivered queue. */
const delivery = { maximumAgeSeconds: DAY_SECONDS, maximumAttempts: 185 } as const;

/** What it takes to plan groups, whatever asks for it. */
const planning = {
  tables: ['ProtectionGroups', 'SourceServers', 'Configurations', 'Bindings', 'TargetAccounts', 'Budgets'],
  bus: true,
  targetAccounts: ['read'],
  recovery: false,
  access: false,
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
  ],
  queues: ['apply', 'audit'],
  bus: true,
  targetAccounts: ['write'],
  recovery: true,
  access: true,
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
    audit: {
      visibilitySeconds: 180,
      retentionSeconds: 14 * DAY_SECONDS,
      redrive: { deadLetterQueue: 'audit-dlq', maxReceiveCount: 20 },
    },
    'audit-dlq': deadLetters,
  },

  topics: {},

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
        tables: ['SourceServers', 'TargetAccounts', 'Budgets'],
        queues: ['apply', 'audit'],
        bus: true,
        targetAccounts: ['write'],
        recovery: false,
        access: false,
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
      },
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
  },

  mappings: {
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
