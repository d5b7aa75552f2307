import { LATENCY_PROFILES, type LatencyProfileName } from '../simulator/latency-profiles.ts';
import type { RateLimit } from '../simulator/rate-limits.ts';

/** What Prelaunch allows its audits of DRS, which publishes no rate (packages/core: RATE_LIMITS.GetLaunchConfiguration). */
const DRS_READS: RateLimit = { burst: 100, refillPerSecond: 50 };
const PER_PAGE = 200;

/**
 * The least time in milliseconds in which `servers` of one account and Region can be audited: the last server's read of DRS after its
 * turn, or the pages of templates one after the other after theirs, whichever is later.
 */
export function auditFloorMs(servers: number, profile: LatencyProfileName): number {
  const { latency, rateLimits } = LATENCY_PROFILES[profile];
  const pages = Math.ceil(servers / PER_PAGE);
  const { burst, refillPerSecond } = rateLimits.ec2.describe ?? { burst: 100, refillPerSecond: 20 };
  const reads = (Math.max(0, servers - DRS_READS.burst) / DRS_READS.refillPerSecond) * 1000 + latency.drs.medianMs;
  const templates = (Math.max(0, pages - burst) / refillPerSecond) * 1000 + pages * latency.ec2.medianMs;
  return Math.round(Math.max(reads, templates));
}
