import type { Topology } from './shape.ts';

const DAY_SECONDS = 24 * 3600;
const FUNCTIONS = 'packages/functions/src';

/** A queue that keeps what could not be handled, for as long as SQS allows. */
const deadLetters = { visibilitySeconds: 900, retentionSeconds: 14 * DAY_SECONDS } as const;

/** EventBridge's own defaults, stated: a day and 185 tries before an event goes to the undelivered queue. */
const delivery = { maximumAgeSeconds: DAY_SECONDS, maximumAttempts: 185 } as const;

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
  },

  queues: {
    plan: {
      visibilitySeconds: 360,
      retentionSeconds: 4 * DAY_SECONDS,
      redrive: { deadLetterQueue: 'plan-dlq', maxReceiveCount: 5 },
    },
    'plan-dlq': deadLetters,
    'plan-undelivered': deadLetters,
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
  },

  functions: {
    plan: {
      entry: `${FUNCTIONS}/plan.ts`,
      timeoutSeconds: 60,
      memoryMb: 512,
      uses: {
        tables: ['ProtectionGroups', 'SourceServers', 'TargetAccounts', 'Budgets'],
        queues: ['plan', 'apply'],
        bus: true,
        targetAccounts: 'read',
        recovery: false,
      },
    },
    apply: {
      entry: `${FUNCTIONS}/apply.ts`,
      timeoutSeconds: 20,
      memoryMb: 512,
      uses: {
        tables: ['SourceServers', 'TargetAccounts', 'Budgets'],
        queues: ['apply'],
        bus: true,
        targetAccounts: 'write',
        recovery: false,
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
        targetAccounts: 'none',
        recovery: false,
      },
    },
    'record-dead-letters': {
      entry: `${FUNCTIONS}/record-dead-letters.ts`,
      timeoutSeconds: 15,
      memoryMb: 256,
      uses: { tables: ['SourceServers'], queues: ['apply-dlq'], bus: true, targetAccounts: 'none', recovery: false },
    },
    reconcile: {
      entry: `${FUNCTIONS}/reconcile.ts`,
      timeoutSeconds: 55,
      memoryMb: 512,
      uses: {
        tables: ['ProtectionGroups', 'SourceServers'],
        queues: ['apply'],
        bus: true,
        targetAccounts: 'none',
        recovery: false,
      },
    },
    operations: {
      entry: `${FUNCTIONS}/operations.ts`,
      timeoutSeconds: 900,
      memoryMb: 512,
      uses: {
        tables: ['ProtectionGroups', 'SourceServers', 'TargetAccounts', 'Budgets', 'Waves', 'Idempotency'],
        queues: ['apply'],
        bus: true,
        targetAccounts: 'write',
        recovery: true,
      },
    },
  },

  rules: {
    // Any source: upstream systems publish under their own name.
    'plan-changes': {
      pattern: { 'detail-type': ['Protection Group Changed'] },
      targetQueue: 'plan',
      undeliveredQueue: 'plan-undelivered',
      retry: delivery,
    },
    'aggregate-outcomes': {
      pattern: { source: ['prelaunch'], 'detail-type': ['Launch Config Applied', 'Launch Config Apply Failed'] },
      targetQueue: 'status',
      undeliveredQueue: 'status-undelivered',
      retry: delivery,
    },
  },

  mappings: {
    plan: { queue: 'plan', function: 'plan', batchSize: 5, batchingWindowSeconds: 0, maximumConcurrency: 2 },
    apply: { queue: 'apply', function: 'apply', batchSize: 10, batchingWindowSeconds: 0, maximumConcurrency: 10 },
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
