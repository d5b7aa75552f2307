import type { OperationName, OperationResponse } from '@prelaunch/contracts/operations';
import type { ProtectionGroup } from '@prelaunch/contracts/operations/protection-groups';
import type { StatusError } from '@prelaunch/contracts/status';
import { describe, expect, it } from 'vitest';
import { group, serverId, statusError } from '../../../../tests/support/builders.ts';
import { AT } from '../../../../tests/support/clock.ts';
import { EMPTY_CATALOGUE } from '../configuration/configuration.ts';
import { groupView } from '../group/group-view.ts';
import { redacted } from './redact.ts';

const SECRET = 'subnet-0a1b2c3d';
const error: StatusError = statusError({
  path: 'subnetId',
  message: `no ${SECRET}`,
  value: SECRET,
  allowed: `an address of ${SECRET}`,
  remedy: 'choose another',
});

function shown(): ProtectionGroup {
  const view = groupView(
    group({ launchConfig: { subnetId: SECRET }, serverOverrides: { [serverId(1)]: { subnetId: SECRET } } }),
    { servers: new Map(), catalogue: EMPTY_CATALOGUE, now: new Date(AT) },
  );
  const config = { status: 'failed', lastApplied: AT, configHash: `sha256:${SECRET}`, errors: [error] } as const;
  const serverConfigs = { [serverId(1)]: { ...config, errors: [error] } };
  return { ...view, launchConfigStatus: { ...view.launchConfigStatus, errors: [error], serverConfigs } };
}

const job = { accountId: '1', region: 'r', serverIds: [], error };
const timings = { statusReadMs: 0, applyMs: 0, startMs: 0, totalMs: 0 };

describe('redacted', () => {
  const answers: readonly (readonly [OperationName, OperationResponse])[] = [
    ['get_protection_group', shown()],
    ['update_protection_group', shown()],
    ['get_launch_config_status', { ...shown().launchConfigStatus, groupId: 'g', generation: 1 }],
    [
      'apply_launch_configs',
      {
        groupId: 'g',
        status: 'failed',
        appliedServers: 0,
        failedServers: 1,
        errors: [error],
        fresh: false,
        outcome: 'failed',
      },
    ],
    [
      'start_wave_recovery',
      {
        ...{ executionId: 'e', waveNumber: 1, status: 'blocked', path: 'apply', jobs: [], timings },
        notReady: [{ groupId: 'g', serverId: serverId(1), errors: [error] }],
        failedJobs: [job],
      },
    ],
  ];

  it.each(answers)('takes out of %s what was stated and all that quotes it', (operation, response) => {
    expect(JSON.stringify(response)).toContain(SECRET);
    const told = JSON.stringify(redacted(operation, response));
    expect(told).not.toContain(SECRET);
    for (const kept of ['"path":"subnetId"', '"remedy":"choose another"', `"code":"${error.code}"`])
      expect(told).toContain(kept);
  });

  it('keeps which settings are stated, states and times', () => {
    expect(redacted('get_protection_group', shown())).toMatchObject({
      launchConfig: { subnetId: '[redacted]' },
      launchConfigStatus: {
        serverConfigs: { [serverId(1)]: { status: 'failed', lastApplied: AT, configHash: '[redacted]' } },
      },
    });
  });
});
