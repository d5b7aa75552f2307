import * as z from 'zod';
import type { BusEvent } from './bus-event.ts';
import { eventTime } from './bus-event.ts';

/** An entry of PutEvents as sent: everything may be missing, since each entry is judged by itself. */
export const PutEventsEntry = z.object({
  Source: z.string().nullish(),
  DetailType: z.string().nullish(),
  Detail: z.string().nullish(),
  EventBusName: z.string().nullish(),
  Time: z.number().nullish(),
  Resources: z.array(z.string()).nullish(),
});
export type PutEventsEntry = z.infer<typeof PutEventsEntry>;

const Detail = z.record(z.string(), z.unknown());

/** Where and when an event is accepted, and under which id. */
export interface Acceptance {
  readonly id: string;
  readonly account: string;
  readonly region: string;
  readonly now: number;
}

export type AcceptedEntry =
  | { readonly kind: 'accepted'; readonly event: BusEvent }
  | { readonly kind: 'refused'; readonly code: string; readonly message: string };

/** Decides one entry of PutEvents as EventBridge does, with its error codes. */
export function acceptEntry(entry: PutEventsEntry, { id, account, region, now }: Acceptance): AcceptedEntry {
  const { Source, DetailType, Detail: detailText, Time, Resources } = entry;
  if (!Source) return missing('Source');
  if (!DetailType) return missing('DetailType');
  if (!detailText) return missing('Detail');
  if (Source.startsWith('aws.')) {
    return { kind: 'refused', code: 'NotAuthorizedForSourceException', message: 'Not authorized for the source.' };
  }
  const detail = parseDetail(detailText);
  if (!detail) return { kind: 'refused', code: 'MalformedDetail', message: 'Detail is malformed.' };
  const event: BusEvent = {
    version: '0',
    id,
    'detail-type': DetailType,
    source: Source,
    account,
    time: eventTime(Time ? Time * 1000 : now),
    region,
    resources: Resources ?? [],
    detail,
  };
  return { kind: 'accepted', event };
}

/** The size that counts against the limit of a request: 14 bytes for a stated time, and the text of the other members. */
export function entryBytes({ Source, DetailType, Detail: detail, Time, Resources }: PutEventsEntry): number {
  const texts = [Source, DetailType, detail, ...(Resources ?? [])];
  return texts.reduce((bytes, text) => bytes + Buffer.byteLength(text ?? ''), Time ? 14 : 0);
}

function missing(name: string): AcceptedEntry {
  const message = `Parameter ${name} is not valid. Reason: ${name} is a required argument.`;
  return { kind: 'refused', code: 'InvalidArgument', message };
}

function parseDetail(text: string): Record<string, unknown> | undefined {
  try {
    return Detail.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}
