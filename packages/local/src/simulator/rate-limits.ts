/** A token bucket's size and refill, per account and Region. */
export interface RateLimit {
  burst: number;
  refillPerSecond: number;
}

export type RateLimits = Readonly<Record<string, RateLimit>>;

/**
 * EC2's published buckets. Its documentation has said both that the operations of a category share one and that each has its own;
 * here they share it, so that whoever keeps within these keeps within either.
 */
export const EC2_RATE_LIMITS = {
  CreateLaunchTemplateVersion: { burst: 100, refillPerSecond: 5 },
  ModifyLaunchTemplate: { burst: 100, refillPerSecond: 5 },
  mutating: { burst: 50, refillPerSecond: 5 },
  describe: { burst: 100, refillPerSecond: 20 },
  unfiltered_describe: { burst: 50, refillPerSecond: 10 },
} as const satisfies RateLimits;

/** DRS publishes no request rates. These are a third party's claim without a source, so only the pessimistic profile uses them. */
export const CLAIMED_DRS_RATE_LIMITS = {
  UpdateLaunchConfiguration: { burst: 100, refillPerSecond: 50 / 60 },
  DescribeSourceServers: { burst: 200, refillPerSecond: 100 / 60 },
  DescribeJobs: { burst: 200, refillPerSecond: 100 / 60 },
  StartRecovery: { burst: 20, refillPerSecond: 10 / 60 },
} as const satisfies RateLimits;
