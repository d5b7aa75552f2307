import * as z from 'zod';

/** From the runtime to an execution environment. */
export interface InvokeMessage {
  readonly requestId: string;
  /** The event as JSON text, or empty. */
  readonly payload: string;
  /** Milliseconds since the epoch at which the function must have answered. */
  readonly deadline: number;
  readonly traceHeader: string;
  readonly invokedFunctionArn: string;
}

const EnvironmentError = z.object({
  errorType: z.string(),
  errorMessage: z.string(),
  trace: z.array(z.string()).optional(),
});

/** From an execution environment to the runtime. */
export const EnvironmentMessage = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('ready') }),
  z.object({ kind: z.literal('init-failed'), error: EnvironmentError }),
  z.object({ kind: z.literal('answered'), requestId: z.string(), payload: z.string() }),
  z.object({ kind: z.literal('failed'), requestId: z.string(), error: EnvironmentError }),
]);
export type EnvironmentMessage = z.infer<typeof EnvironmentMessage>;
