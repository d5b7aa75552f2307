import { DomainError } from '@prelaunch/core/errors';
import { type Problem, problemsOf } from '@prelaunch/core/settings/problems';
import type { z } from 'zod';

/** A message that nobody can ever handle. It goes to the dead-letter queue as it came. */
export class MalformedMessageError extends DomainError {
  override readonly name = 'MalformedMessageError';
  readonly code = 'message.malformed';
  readonly problems: readonly Problem[];
  /** What could be read of it. */
  readonly body: unknown;
  /** By which its publisher finds it, where it could be read. */
  readonly correlationId: string | undefined;

  constructor(problems: readonly Problem[], body: unknown) {
    super(problems.map(({ message }) => message).join('; '));
    this.problems = problems;
    this.body = body;
    this.correlationId = correlationIdOf(body);
  }
}

/** Parses a message body by a schema. Throws `MalformedMessageError` with every problem found. */
export function parseMessage<Schema extends z.ZodType>(schema: Schema, body: string): z.output<Schema> {
  const json = parseJson(body);
  const result = schema.safeParse(json);
  if (result.success) return result.data;
  throw new MalformedMessageError(problemsOf(result.error, json, { code: 'message', schema }), json);
}

function correlationIdOf(body: unknown): string | undefined {
  const message = body as { correlationId?: unknown; detail?: { correlationId?: unknown } } | null | undefined;
  const found = message?.detail?.correlationId ?? message?.correlationId;
  return typeof found === 'string' ? found : undefined;
}

function parseJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    const allowed = 'JSON';
    throw new MalformedMessageError(
      [{ code: 'message.invalid', message: 'the message is not JSON', path: '', allowed }],
      undefined,
    );
  }
}
