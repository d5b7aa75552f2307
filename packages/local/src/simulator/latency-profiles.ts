import { CLAIMED_DRS_RATE_LIMITS, EC2_RATE_LIMITS, type RateLimits } from './rate-limits.ts';
import { seededDraws } from './seeded-random.ts';

export type LatencyProfileName = 'instant' | 'typical' | 'pessimistic';
export type SimulatedService = 'drs' | 'ec2' | 'iam' | 'sts';

/** Call latency in milliseconds: log-normal around the median within [min, max], and a rare tail up to `tailMs`. */
export interface LatencyRange {
  medianMs: number;
  minMs: number;
  maxMs: number;
  tailMs: number;
  tailShare: number;
}

/** Milliseconds after its creation at which a job starts, launches its servers (spread per server), and lingers before its end. */
export interface JobTimeline {
  startedAfterMs: number;
  launchedAfterMs: number;
  launchSpreadMs: number;
  completedAfterLastLaunchMs: number;
}

export interface LatencyProfile {
  latency: Readonly<Record<SimulatedService, LatencyRange>>;
  rateLimits: Readonly<Record<SimulatedService, RateLimits>>;
  job: JobTimeline;
}

const NO_LATENCY: LatencyRange = { medianMs: 0, minMs: 0, maxMs: 0, tailMs: 0, tailShare: 0 };

/** AWS publishes no call latencies, so these are named ranges rather than measurements. EC2's buckets hold in every profile. */
export const LATENCY_PROFILES: Readonly<Record<LatencyProfileName, LatencyProfile>> = {
  instant: {
    latency: { drs: NO_LATENCY, ec2: NO_LATENCY, iam: NO_LATENCY, sts: NO_LATENCY },
    rateLimits: { drs: {}, ec2: EC2_RATE_LIMITS, iam: {}, sts: {} },
    job: { startedAfterMs: 200, launchedAfterMs: 500, launchSpreadMs: 300, completedAfterLastLaunchMs: 200 },
  },
  typical: {
    latency: {
      drs: { medianMs: 160, minMs: 80, maxMs: 400, tailMs: 2_000, tailShare: 0.01 },
      ec2: { medianMs: 110, minMs: 50, maxMs: 300, tailMs: 2_000, tailShare: 0.01 },
      iam: { medianMs: 60, minMs: 25, maxMs: 150, tailMs: 2_000, tailShare: 0.01 },
      sts: { medianMs: 60, minMs: 25, maxMs: 150, tailMs: 2_000, tailShare: 0.01 },
    },
    rateLimits: { drs: {}, ec2: EC2_RATE_LIMITS, iam: {}, sts: {} },
    job: { startedAfterMs: 3_000, launchedAfterMs: 20_000, launchSpreadMs: 15_000, completedAfterLastLaunchMs: 3_000 },
  },
  pessimistic: {
    latency: {
      drs: { medianMs: 1_000, minMs: 500, maxMs: 2_500, tailMs: 5_000, tailShare: 0.01 },
      ec2: { medianMs: 300, minMs: 120, maxMs: 900, tailMs: 5_000, tailShare: 0.01 },
      iam: { medianMs: 150, minMs: 60, maxMs: 500, tailMs: 5_000, tailShare: 0.01 },
      sts: { medianMs: 150, minMs: 60, maxMs: 500, tailMs: 5_000, tailShare: 0.01 },
    },
    rateLimits: { drs: CLAIMED_DRS_RATE_LIMITS, ec2: EC2_RATE_LIMITS, iam: {}, sts: {} },
    job: {
      startedAfterMs: 60_000,
      launchedAfterMs: 600_000,
      launchSpreadMs: 600_000,
      completedAfterLastLaunchMs: 60_000,
    },
  },
};

/** The standard score beyond which one draw in a hundred falls, so that the range's end is a rare value. */
const RANGE_END_SCORE = 2.33;

/** Draws one latency in milliseconds. `key` names the operation and its sequence number. */
export function drawLatencyMs(range: LatencyRange, seed: number, key: string): number {
  if (range.maxMs === 0) return 0;
  const [tail, radius, angle] = seededDraws(seed, `latency:${key}`);
  if (tail < range.tailShare) return range.maxMs + radius * (range.tailMs - range.maxMs);
  const score = Math.sqrt(-2 * Math.log(1 - radius)) * Math.cos(2 * Math.PI * angle);
  const sigma = Math.log(range.maxMs / range.medianMs) / RANGE_END_SCORE;
  return Math.min(range.maxMs, Math.max(range.minMs, range.medianMs * Math.exp(sigma * score)));
}
