import { setTimeout as wait } from 'node:timers/promises';
import { DomainError } from '@prelaunch/core/errors';

/** DynamoDB left keys unread, or items unwritten, again and again: it is throttling the table. */
export class TableBusyError extends DomainError {
  override readonly name = 'TableBusyError';
  readonly code = 'store.busy';
  override readonly retryable = true;

  constructor(tableName: string) {
    super(`table ${tableName} did not take all of a batch`);
  }
}

const ATTEMPTS_MAX = 5;
const FIRST_PAUSE_MS = 20;

/**
 * Calls until nothing is left, each time with what the call before left over, after pauses that double. Throws `TableBusyError` when
 * there is still something left after five calls.
 */
export async function untilNoneIsLeft<One>(
  tableName: string,
  all: readonly One[],
  call: (some: One[]) => Promise<One[]>,
): Promise<void> {
  let left = [...all];
  for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt += 1) {
    if (attempt > 0) await wait(FIRST_PAUSE_MS * 2 ** (attempt - 1));
    left = await call(left);
    if (left.length === 0) return;
  }
  throw new TableBusyError(tableName);
}
