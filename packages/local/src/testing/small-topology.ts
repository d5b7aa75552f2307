import { join } from 'node:path';
import type { FunctionSpec, QueueSpec, Topology } from '@prelaunch/topology/shape';

const dead: QueueSpec = { visibilitySeconds: 30, retentionSeconds: 3600 };
const retry = { maximumAgeSeconds: 60, maximumAttempts: 3 };

function fixture(id: string, timeoutSeconds = 10): FunctionSpec {
  const uses = {
    tables: ['Things'],
    queues: ['work'],
    bus: true,
    targetAccounts: ['write'],
    recovery: false,
    access: false,
    drift: false,
  } as const;
  return { entry: `${id}.ts`, timeoutSeconds, memoryMb: 256, uses };
}

/** A topology with one of everything, small and fast enough for tests. */
export const smallTopology: Topology = {
  applyLeaseSeconds: 25,
  tables: { Things: { partitionKey: 'id' }, Others: { partitionKey: 'id', sortKey: 'at' } },
  queues: {
    // One second is the shortest visibility timeout, so a failed message is tried again soon.
    work: {
      visibilitySeconds: 1,
      retentionSeconds: 3600,
      redrive: { deadLetterQueue: 'work-dlq', maxReceiveCount: 2 },
    },
    'work-dlq': dead,
    'work-undelivered': dead,
    plain: dead,
  },
  topics: { failures: { displayName: 'Failures' } },
  functions: {
    work: fixture('work'),
    misbehave: fixture('misbehave', 1),
    echo: fixture('echo'),
    broken: fixture('broken'),
  },
  rules: {
    work: {
      bus: 'own',
      pattern: { source: ['test'], 'detail-type': ['Work Asked'] },
      target: { queue: 'work' },
      undeliveredQueue: 'work-undelivered',
      retry,
    },
    // What AWS itself tells: recoveries that failed, but not drills.
    'tell-failures': {
      bus: 'default',
      pattern: {
        source: ['aws.drs'],
        'detail-type': ['DRS Source Server Launch Result'],
        detail: { state: [{ suffix: '_FAILED' }], 'is-drill': [{ 'anything-but': 'TRUE' }] },
      },
      target: { topic: 'failures' },
      undeliveredQueue: 'work-undelivered',
      retry,
    },
  },
  mappings: {
    work: { queue: 'work', function: 'work', batchSize: 10, batchingWindowSeconds: 0, maximumConcurrency: 2 },
  },
  schedules: {
    echo: { expression: 'rate(1 day)', function: 'echo', retry, undeliveredQueue: 'work-undelivered' },
  },
};

/** The folder of the fixture functions that the topology names. */
export const fixtureFunctionRoot = join(import.meta.dirname, 'functions');
