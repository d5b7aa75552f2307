import { LATENCY_PROFILES, type LatencyProfileName } from '../simulator/latency-profiles.ts';
import type { RateLimit } from '../simulator/rate-limits.ts';

/**
 * The least time in milliseconds in which `servers` of one account and Region can be applied and verified when everything
 * differs: one server's calls one after the other at the profile's median latency, or the slowest write's token bucket, whichever
 * is more; the last server still needs its path after its token.
 */
export function applyFloorMs(servers: number, profile: LatencyProfileName): number {
  const { latency, rateLimits } = LATENCY_PROFILES[profile];
  // Read DRS, write DRS, read the template, create a version, make it the default, read both back at once.
  const path = 3 * latency.drs.medianMs + 3 * latency.ec2.medianMs;
  const { UpdateLaunchConfiguration } = rateLimits.drs;
  const { CreateLaunchTemplateVersion, ModifyLaunchTemplate } = rateLimits.ec2;
  const limits = [UpdateLaunchConfiguration, CreateLaunchTemplateVersion, ModifyLaunchTemplate];
  const wait = Math.max(...limits.map((limit) => (limit ? lastTokenMs(servers, limit) : 0)));
  return Math.round(wait + path);
}

/** When the last of `calls` gets its token from a full bucket. */
function lastTokenMs(calls: number, { burst, refillPerSecond }: RateLimit): number {
  return (Math.max(0, calls - burst) / refillPerSecond) * 1000;
}
