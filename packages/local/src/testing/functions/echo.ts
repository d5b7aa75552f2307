interface LambdaContext {
  getRemainingTimeInMillis(): number;
}

/** Answers with everything that the function can see. */
export async function handler(event: unknown, context: LambdaContext) {
  const { pid, title, env } = process;
  return { event, context, remaining: context.getRemainingTimeInMillis(), environment: env, pid, title };
}
