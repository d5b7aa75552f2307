import * as z from 'zod';

/** One thing that is wrong with a request: where it is, what it was, and what is allowed there. */
export const ErrorDetail = z.object({
  path: z.string(),
  value: z.unknown().optional(),
  allowed: z.string(),
});
export type ErrorDetail = z.output<typeof ErrorDetail>;

/** What is answered instead of a result, with the same codes on every way in. */
export const OperationError = z.object({
  error: z.object({
    code: z.string(),
    message: z.string(),
    retryable: z.boolean().meta({ description: 'Whether the same request may succeed later.' }),
    details: z.array(ErrorDetail),
    requestId: z.string(),
    plan: z
      .record(z.string(), z.unknown())
      .optional()
      .meta({ description: 'The plan as it is now, where one that was agreed to is outdated.' }),
  }),
});
export type OperationError = z.output<typeof OperationError>;
