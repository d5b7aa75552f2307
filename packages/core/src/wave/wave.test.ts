import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ACCOUNT, serverId } from '../../../../tests/support/builders.ts';
import { jobsFor, waveIdOf } from './wave.ts';

describe('jobsFor', () => {
  const member = fc.record({
    target: fc.record({
      accountId: fc.constantFrom(ACCOUNT, '222222222222'),
      region: fc.constantFrom('eu-west-1', 'eu-central-1'),
    }),
    serverId: fc.integer({ min: 1, max: 400 }).map(serverId),
  });

  it('puts every server into one job of its target, at most 100 in one, under keys that are all different', () => {
    fc.assert(
      fc.property(fc.array(member, { maxLength: 400, size: 'max' }), (members) => {
        const jobs = jobsFor(members);
        const placed = jobs.flatMap(({ target, serverIds }) =>
          serverIds.map((id) => `${target.accountId}/${target.region}/${id}`),
        );
        const asked = new Set(members.map(({ target, serverId: id }) => `${target.accountId}/${target.region}/${id}`));
        expect(placed).toHaveLength(asked.size);
        expect(new Set(placed)).toEqual(asked);
        expect(new Set(jobs.map(({ key }) => key)).size).toBe(jobs.length);
        for (const { serverIds } of jobs) {
          expect(serverIds.length).toBeGreaterThan(0);
          expect(serverIds.length).toBeLessThanOrEqual(100);
        }
      }),
    );
  });

  it('keeps servers that are not ready out of the jobs of those that are', () => {
    const target = { accountId: ACCOUNT, region: 'eu-west-1' };
    const members = [1, 2, 3].map((number) => ({ target, serverId: serverId(number) }));
    const jobs = jobsFor(members, new Set([serverId(2)]));
    expect(jobs.map(({ serverIds }) => serverIds)).toEqual([[serverId(1), serverId(3)], [serverId(2)]]);
    expect(new Set(jobs.map(({ key }) => key)).size).toBe(2);
  });

  it('needs no more jobs than the servers fill', () => {
    const target = { accountId: ACCOUNT, region: 'eu-west-1' };
    const members = Array.from({ length: 201 }, (_, index) => ({ target, serverId: serverId(index) }));
    expect(jobsFor(members).map(({ serverIds }) => serverIds.length)).toEqual([100, 100, 1]);
  });
});

describe('waveIdOf', () => {
  it('tells the waves of an execution apart', () => {
    expect(waveIdOf('execution', 1)).toBe('execution/1');
    expect(waveIdOf('execution', 11)).not.toBe(waveIdOf('execution', 1));
  });
});
