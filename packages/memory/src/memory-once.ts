import { isDeepStrictEqual } from 'node:util';
import type { Once, Repeatable } from '@prelaunch/core/operation/call';
import { KeyReusedError } from '@prelaunch/core/operation/once-errors';

/** Answers of calls with a key, kept for as long as the object lives. */
export function memoryOnce(): Once {
  const kept = new Map<string, { readonly asked: unknown; readonly answer: unknown }>();
  return async <Answer>(call: Repeatable, perform: () => Promise<Answer>, isFinal: (answer: Answer) => boolean) => {
    const { operation, groupId, principalId, idempotencyKey, asked } = call;
    if (idempotencyKey === undefined) return perform();
    const key = JSON.stringify([operation, groupId, principalId, idempotencyKey]);
    const found = kept.get(key);
    if (found && !isDeepStrictEqual(found.asked, asked)) throw new KeyReusedError();
    if (found) return structuredClone(found.answer) as Answer;
    const answer = await perform();
    if (isFinal(answer)) kept.set(key, { asked: structuredClone(asked), answer: structuredClone(answer) });
    return answer;
  };
}
