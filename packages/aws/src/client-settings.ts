/** Without `throwOnRequestTimeout` the SDK's handler only warns of a request that takes too long. */
const bounded = (requestTimeout: number) => ({ connectionTimeout: 1_000, requestTimeout, throwOnRequestTimeout: true });

/**
 * For calls to DRS and EC2: one attempt, since failed ones go back through the queue instead of a sleeping function, and bounds
 * that are shorter than what a worker keeps of its lease when it begins to write.
 */
export const targetClientSettings = { maxAttempts: 1, requestHandler: bounded(5_000) } as const;

/** StartRecovery takes its time for large jobs, and is never repeated blindly. */
export const recoveryClientSettings = { maxAttempts: 1, requestHandler: bounded(30_000) } as const;

/** For Prelaunch's own tables, queues and bus: the SDK's retries are safe and short. */
export const ownClientSettings = { maxAttempts: 4, requestHandler: bounded(5_000) } as const;
