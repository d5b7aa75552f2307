import type { StartWaveRecoveryResponse } from '@prelaunch/contracts/operations/waves';
import type { OperationExamples } from '../examples.ts';
import { OTHER_SERVER, refusedSubnet, SERVER } from './statuses.ts';

const started: StartWaveRecoveryResponse = {
  executionId: 'exec-2026-01-31',
  waveNumber: 1,
  status: 'started',
  path: 'fast',
  jobs: [
    {
      jobId: 'drsjob-0123456789abcdef0',
      accountId: '111111111111',
      region: 'us-east-1',
      serverIds: [SERVER, OTHER_SERVER],
    },
  ],
  notReady: [],
  failedJobs: [],
  timings: { statusReadMs: 12, applyMs: 0, startMs: 320, totalMs: 350 },
};

const blocked: StartWaveRecoveryResponse = {
  ...started,
  status: 'blocked',
  path: 'apply',
  jobs: [],
  notReady: [{ groupId: 'pg-orders', serverId: OTHER_SERVER, errors: [refusedSubnet] }],
  timings: { statusReadMs: 12, applyMs: 6140, startMs: 0, totalMs: 6160 },
};

const applying: StartWaveRecoveryResponse = {
  ...started,
  status: 'applying',
  path: 'apply',
  jobs: [],
  timings: { statusReadMs: 12, applyMs: 20000, startMs: 0, totalMs: 20020 },
};

export const waveExamples = {
  start_wave_recovery: {
    request: {
      drill: { summary: 'A drill of one group', value: { groupIds: ['pg-orders'], isDrill: true } },
      proceed: {
        summary: 'A recovery that waits a minute at most and starts everything',
        value: { groupIds: ['pg-orders', 'pg-web'], onNotReady: 'proceed', applyWaitSeconds: 60 },
      },
    },
    responses: {
      200: {
        started: { summary: 'All was ready', value: started },
        blocked: { summary: 'A server is not ready, so nothing was started', value: blocked },
      },
      202: { applying: { summary: 'Servers are still being applied', value: applying } },
    },
  },
} as const satisfies Record<string, OperationExamples>;
