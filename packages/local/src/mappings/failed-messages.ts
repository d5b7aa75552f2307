import * as z from 'zod';
import type { FunctionOutcome } from '../lambda/function-outcome.ts';

const PartialBatchResponse = z.object({
  batchItemFailures: z.array(z.object({ itemIdentifier: z.string().min(1) })).nullish(),
});

/**
 * Which messages of a batch stay on the queue. As Lambda reads it: no answer or no failures named is full success;
 * a failed function, a malformed answer or an id that was not in the batch fails the whole batch.
 */
export function failedMessages(outcome: FunctionOutcome, messageIds: readonly string[]): ReadonlySet<string> {
  const everything = new Set(messageIds);
  if (outcome.kind === 'failed') return everything;
  const answer: unknown = JSON.parse(outcome.payload);
  if (answer === null) return new Set();
  // An answer that is no object says nothing of failures.
  if (typeof answer !== 'object') return new Set();
  const response = PartialBatchResponse.safeParse(answer);
  if (!response.success) return everything;
  const failed = (response.data.batchItemFailures ?? []).map(({ itemIdentifier }) => itemIdentifier);
  return failed.every((id) => everything.has(id)) ? new Set(failed) : everything;
}
