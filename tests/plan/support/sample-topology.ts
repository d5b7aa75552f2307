import type { FunctionSpec, QueueSpec, TargetUse, Topology } from '@prelaunch/topology/shape';

const queue: QueueSpec = { visibilitySeconds: 360, retentionSeconds: 3600 };
const retry = { maximumAgeSeconds: 3600, maximumAttempts: 10 };

/** One of everything that a topology can say about buses, topics and uses of target accounts, whether or not Prelaunch's does. */
export const sampleTopology: Topology = {
  applyLeaseSeconds: 25,
  tables: {},
  queues: {
    launches: { ...queue, redrive: { deadLetterQueue: 'launches-dlq', maxReceiveCount: 3 } },
    'launches-dlq': queue,
    undelivered: queue,
  },
  topics: { alerts: { displayName: 'Alerts' }, quiet: { displayName: 'Nobody publishes here' } },
  functions: {
    auditor: using('audit'),
    remediator: using('remediate'),
    everything: using('read', 'write', 'audit', 'remediate'),
  },
  rules: {
    'see-launches': {
      bus: 'default',
      pattern: { source: ['aws.drs'], 'detail-type': ['DRS Source Server Launch Result'] },
      target: { queue: 'launches' },
      undeliveredQueue: 'undelivered',
      retry,
    },
    'tell-changes': {
      bus: 'default',
      pattern: {
        source: ['aws.drs', 'aws.ec2'],
        'detail-type': ['AWS API Call via CloudTrail'],
        detail: { eventName: [{ prefix: 'Update' }], errorCode: [{ exists: false }] },
      },
      target: { topic: 'alerts' },
      undeliveredQueue: 'undelivered',
      retry,
    },
    'tell-alerts': {
      bus: 'own',
      pattern: { 'detail-type': ['Alert'] },
      target: { topic: 'alerts' },
      undeliveredQueue: 'undelivered',
      retry,
    },
  },
  mappings: {
    auditor: {
      ...{ queue: 'launches', function: 'auditor' },
      ...{ batchSize: 1, batchingWindowSeconds: 0, maximumConcurrency: 2 },
    },
  },
  schedules: {
    remediator: {
      expression: 'rate(15 minutes)',
      function: 'remediator',
      undeliveredQueue: 'undelivered',
      retry: { maximumAgeSeconds: 300, maximumAttempts: 2 },
    },
  },
};

function using(...targetAccounts: TargetUse[]): FunctionSpec {
  return {
    entry: 'packages/functions/src/record-dead-letters.ts',
    timeoutSeconds: 60,
    memoryMb: 256,
    uses: { tables: [], queues: [], bus: false, targetAccounts, recovery: false, access: false, drift: false },
  };
}
