import * as z from 'zod';
import { CorrelationId, SourceServerId } from '../ids.ts';
import { LaunchSettings } from '../launch-settings.ts';

const LABEL = '1 to 256 printable characters';

/** Fields that every request may carry. `invokedBy` is a label for the records; it grants nothing. */
export const caller = {
  invokedBy: z
    .string({ error: LABEL })
    .regex(/^[\x20-\x7e]{1,256}$/, LABEL)
    .optional(),
  correlationId: CorrelationId.optional().meta({
    description: 'Stands in the logs, records and events that the call leads to; made up when it is not given.',
  }),
};

const KEY = '1 to 128 printable characters';

/** Fields of requests that change something. A repeat with the same key within a day does nothing more, and answers how the group stands. */
export const repeatable = {
  ...caller,
  idempotencyKey: z
    .string({ error: KEY })
    .regex(/^[\x20-\x7e]{1,128}$/, KEY)
    .optional()
    .meta({
      description: 'A repeat with the same key within a day does nothing more, and answers how the group stands.',
    }),
};

export const flag = z.boolean({ error: 'true or false' });

export function wholeNumber(from: number, to: number) {
  const allowed = `a whole number from ${from} to ${to}`;
  return z.int({ error: allowed }).min(from, allowed).max(to, allowed);
}

export const ExpectedGeneration = wholeNumber(0, Number.MAX_SAFE_INTEGER).meta({
  description: 'The generation the caller has seen: the request is refused when the group has moved on.',
});

const PAGE = 'a nextToken of an earlier answer';
/** A page of a list: how many at most, and where an earlier one ended. */
export function paged(most: number, usual: number) {
  return {
    limit: wholeNumber(1, most).default(usual).meta({ description: 'How many at most.' }),
    nextToken: z
      .string({ error: PAGE })
      .min(1, PAGE)
      .max(2048, PAGE)
      .optional()
      .meta({ description: 'Where an earlier answer ended.' }),
  };
}

const SERVERS = '1 to 5000 source server ids';

export const ServerIds = z.array(SourceServerId, { error: SERVERS }).max(5000, SERVERS);
export const SomeServerIds = ServerIds.min(1, SERVERS);

export const ServerOverrides = z.record(SourceServerId, LaunchSettings, {
  error: 'an object of settings by source server id',
});
