import { Logger } from '@aws-lambda-powertools/logger';

/** One logger for a function: structured, once per outcome, never with settings in it. */
export const logger = new Logger({ serviceName: 'prelaunch' });
