import type { OperationDeps, Repeatable, UnderstoodCall } from './call.ts';

type CallToChange = Pick<UnderstoodCall, 'principal'> & {
  readonly request: Pick<Repeatable, 'operation'> & Partial<Pick<Repeatable, 'idempotencyKey'>>;
};

/** Makes a change once for the key of its call. Whatever it answers is final. */
export function changeOnce<Answer>(
  { request: { operation, idempotencyKey }, principal }: CallToChange,
  about: Pick<Repeatable, 'groupId' | 'asked'>,
  perform: () => Promise<Answer>,
  { once }: Pick<OperationDeps, 'once'>,
): Promise<Answer> {
  return once({ operation, principalId: principal.id, idempotencyKey, ...about }, perform, () => true);
}
