/** What Lambda reports of a failed invocation, as its caller reads it. */
export interface FunctionError {
  readonly errorType: string;
  readonly errorMessage: string;
  readonly trace?: readonly string[] | undefined;
}

/** How an invocation ended. `payload` is JSON text, passed on as it is. */
export type FunctionOutcome =
  | { readonly kind: 'answered'; readonly requestId: string; readonly payload: string }
  | { readonly kind: 'failed'; readonly requestId: string; readonly error: FunctionError };

export function timedOut(requestId: string, seconds: number): FunctionOutcome {
  const errorMessage = `RequestId: ${requestId} Error: Task timed out after ${seconds.toFixed(2)} seconds`;
  return { kind: 'failed', requestId, error: { errorType: 'Sandbox.Timedout', errorMessage } };
}

/** `ending` says how the process ended: `signal: killed` or `exit status 1`. */
export function exited(requestId: string, ending: string): FunctionOutcome {
  const errorMessage = `RequestId: ${requestId} Error: Runtime exited with error: ${ending}`;
  return { kind: 'failed', requestId, error: { errorType: 'Runtime.ExitError', errorMessage } };
}
