import { describe, expect, it } from 'vitest';
import { drawLatencyMs, LATENCY_PROFILES } from './latency-profiles.ts';

const draws = (seed: number): number[] =>
  Array.from({ length: 5_000 }, (_, index) =>
    drawLatencyMs(LATENCY_PROFILES.typical.latency.drs, seed, `drs.DescribeJobs ${index}`),
  );

describe('drawLatencyMs', () => {
  it('repeats its draws for a seed and changes them with it', () => {
    expect(draws(1)).toEqual(draws(1));
    expect(draws(1)).not.toEqual(draws(2));
  });

  it('keeps to the range, its median and its rare tail', () => {
    const sorted = draws(3).sort((left, right) => left - right);
    expect(sorted[0]).toBeGreaterThanOrEqual(80);
    expect(sorted.at(-1)).toBeLessThanOrEqual(2_000);
    expect(sorted[2_500]).toBeGreaterThan(140);
    expect(sorted[2_500]).toBeLessThan(180);
    const tail = sorted.filter((milliseconds) => milliseconds > 400).length / sorted.length;
    expect(tail).toBeGreaterThan(0.004);
    expect(tail).toBeLessThan(0.02);
  });

  it('draws nothing in the instant profile', () => {
    expect(drawLatencyMs(LATENCY_PROFILES.instant.latency.ec2, 1, 'ec2.DescribeInstances 1')).toBe(0);
  });
});
