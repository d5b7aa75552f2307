import { drsRecovery } from '@prelaunch/aws/drs-recovery';
import type { Recovery } from '@prelaunch/core/wave/wave';
import { memoryRecovery } from '@prelaunch/memory/memory-recovery';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { serverIds, TARGET } from '../support/builders.ts';
import { type LocalAws, startLocalAws } from '../support/local-aws.ts';

let aws: LocalAws;
beforeAll(async () => {
  aws = await startLocalAws();
});
afterAll(() => aws.stop());

type UnderTest = (servers: number) => { recovery: Recovery; servers: string[] };

const memory: UnderTest = (count) => ({ recovery: memoryRecovery(), servers: serverIds(count) });
const real: UnderTest = (count) => ({
  recovery: drsRecovery(aws.sessions),
  servers: aws.simulator.addSourceServers(TARGET, count),
});

const anHourAgo = () => new Date(Date.now() - 3_600_000).toISOString();

describe.each([
  ['in memory', memory],
  ['on DRS', real],
])('Recovery %s', (where, make) => {
  it('finds a job again by the tag it was started with, and no other', async () => {
    const { recovery, servers } = make(2);
    const [one = '', other = ''] = servers;
    const first = await recovery.start(TARGET, [one], { isDrill: true, tag: `${where}/1` });
    const second = await recovery.start(TARGET, [other], { isDrill: false, tag: `${where}/2` });
    expect(first).not.toBe(second);
    expect(await recovery.find(TARGET, `${where}/1`, anHourAgo())).toBe(first);
    expect(await recovery.find(TARGET, `${where}/2`, anHourAgo())).toBe(second);
    expect(await recovery.find(TARGET, `${where}/3`, anHourAgo())).toBeUndefined();
  });

  it('starts a job of 100 servers', async () => {
    const { recovery, servers } = make(100);
    expect(await recovery.start(TARGET, servers, { isDrill: true, tag: `${where}/100` })).toMatch(/^drsjob-\w{17}$/);
  });
});

describe('Recovery on DRS', () => {
  it('fails for good where DRS refuses', async () => {
    const { recovery, servers } = real(1);
    await recovery.start(TARGET, servers, { isDrill: true, tag: 'busy/1' });
    const fault = { kind: 'access_denied' } as const;
    aws.simulator.faults.add({ operation: 'StartRecovery', times: 1, fault });
    await expect(recovery.start(TARGET, servers, { isDrill: true, tag: 'busy/2' })).rejects.toMatchObject({
      code: 'aws.refused',
      awsCode: 'AccessDeniedException',
      answered: true,
    });
  });

  it('says that it does not know when no answer came, and finds the job then', async () => {
    const { recovery, servers } = real(1);
    aws.simulator.faults.add({ operation: 'StartRecovery', times: 1, fault: { kind: 'commit_then_timeout' } });
    const start = recovery.start(TARGET, servers, { isDrill: true, tag: 'lost/1' });
    await expect(start).rejects.toMatchObject({ code: 'aws.unavailable', answered: false });
    expect(await recovery.find(TARGET, 'lost/1', anHourAgo())).toMatch(/^drsjob-/);
  });

  it('finds a job although the clock of whoever started it is some seconds ahead of that of DRS', async () => {
    const { recovery, servers } = real(1);
    const jobId = await recovery.start(TARGET, servers, { isDrill: true, tag: 'skew/1' });
    const ahead = new Date(Date.now() + 5_000).toISOString();
    expect(await recovery.find(TARGET, 'skew/1', ahead)).toBe(jobId);
  });

  it('translates what goes wrong while it looks', async () => {
    const { recovery } = real(1);
    aws.simulator.faults.add({ operation: 'DescribeJobs', times: 1, fault: { kind: 'throttle' } });
    await expect(recovery.find(TARGET, 'x', anHourAgo())).rejects.toMatchObject({ code: 'aws.throttled' });
  });
});
