import { ServiceError } from '../errors.ts';
import type { Place } from '../state.ts';

/** Runs a request once per client token and repeats its first answer. A token used for another request is refused. */
export function oncePerToken<Input extends { ClientToken?: string | undefined }, Output>(
  { operation, input, place }: { operation: string; input: Input; place: Place },
  run: () => Output,
): Output {
  if (input.ClientToken === undefined || input.ClientToken === '') return run();
  const key = `${operation} ${input.ClientToken}`;
  const request = JSON.stringify(input);
  const known = place.answersByToken.get(key);
  if (known && known.request !== request) {
    const message = `The client token ${input.ClientToken} was used for a request with other parameters.`;
    throw new ServiceError(400, 'IdempotentParameterMismatch', message);
  }
  if (known) return known.answer as Output;
  const answer = run();
  place.answersByToken.set(key, { request, answer });
  return answer;
}
