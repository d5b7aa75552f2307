import type { OperationExamples } from '../examples.ts';
import { failedStatus, readyStatus, refusedSubnet } from './statuses.ts';

const groupId = 'pg-orders';

export const configExamples = {
  apply_launch_configs: {
    request: { force: { summary: 'Every server, even those that are ready', value: { force: true } } },
    responses: {
      200: {
        applied: {
          summary: 'All servers were applied and read back',
          value: {
            groupId,
            status: 'ready',
            appliedServers: 2,
            failedServers: 0,
            errors: [],
            fresh: true,
            outcome: 'applied',
          },
        },
        failed: {
          summary: 'A server could not be applied',
          value: {
            groupId,
            status: 'failed',
            appliedServers: 1,
            failedServers: 1,
            errors: [refusedSubnet],
            fresh: true,
            outcome: 'failed',
          },
        },
      },
      202: {
        open: {
          summary: 'The work goes on',
          value: {
            groupId,
            status: 'pending',
            appliedServers: 1,
            failedServers: 0,
            errors: [],
            fresh: true,
            outcome: 'still_applying',
          },
        },
      },
    },
  },
  get_launch_config_status: {
    responses: {
      200: {
        ready: { summary: 'All servers are ready', value: { ...readyStatus, groupId, generation: 7 } },
        failed: { summary: 'A server failed', value: { ...failedStatus, groupId, generation: 7 } },
      },
    },
  },
} as const satisfies Record<string, OperationExamples>;
