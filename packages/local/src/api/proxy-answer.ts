import { validateHeaderName, validateHeaderValue } from 'node:http';
import * as z from 'zod';
import type { FrontAnswer } from './front-answer.ts';

const HeaderValue = z.union([z.string(), z.number(), z.boolean()]);

/** What a function has to answer. API Gateway takes nothing for success that does not say so by its status code. */
const ProxyAnswer = z.object({
  statusCode: z.int().min(200).max(599),
  headers: z.record(z.string(), HeaderValue).nullish(),
  multiValueHeaders: z.record(z.string(), z.array(HeaderValue)).nullish(),
  body: z.string().nullish(),
  isBase64Encoded: z.boolean().nullish(),
});
type ProxyAnswer = z.output<typeof ProxyAnswer>;

/** The front says itself how a response is framed, and which request it answers. */
const FRAMING: ReadonlySet<string> = new Set([
  'connection',
  'content-length',
  'keep-alive',
  'transfer-encoding',
  'upgrade',
  'x-amzn-requestid',
]);

/** The response that a function's answer, JSON text, stands for; undefined when it stands for none. */
export function proxyAnswer(payload: string): FrontAnswer | undefined {
  const parsed = ProxyAnswer.safeParse(json(payload));
  if (!parsed.success) return undefined;
  const { statusCode, body, isBase64Encoded } = parsed.data;
  const headers = headersOf(parsed.data);
  if (!headers) return undefined;
  return { status: statusCode, headers, body: isBase64Encoded ? Buffer.from(body ?? '', 'base64') : (body ?? '') };
}

/** A name in `multiValueHeaders` wins over the same one in `headers`, as it does on AWS. */
function headersOf({ headers, multiValueHeaders }: ProxyAnswer): Record<string, string | string[]> | undefined {
  const all: Record<string, string | string[]> = { 'content-type': 'application/json' };
  try {
    for (const [name, value] of Object.entries(headers ?? {})) put(all, name, [value]);
    for (const [name, values] of Object.entries(multiValueHeaders ?? {})) put(all, name, values);
    return all;
  } catch {
    return undefined;
  }
}

function put(
  all: Record<string, string | string[]>,
  name: string,
  values: readonly z.output<typeof HeaderValue>[],
): void {
  const lowerCase = name.toLowerCase();
  if (FRAMING.has(lowerCase)) return;
  validateHeaderName(name);
  for (const value of values) validateHeaderValue(name, String(value));
  const [only] = values;
  if (values.length === 1 && only !== undefined) all[lowerCase] = String(only);
  else if (values.length > 1) all[lowerCase] = values.map(String);
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
