import * as z from 'zod';

const Texts = z.record(z.string(), z.string().optional()).nullish();
const TextLists = z.record(z.string(), z.array(z.string()).optional()).nullish();

/** A proxy event of an API Gateway REST API, as far as it is looked at. What is not needed may be missing. */
export const RestEvent = z.object({
  httpMethod: z.string(),
  path: z.string(),
  headers: Texts,
  queryStringParameters: Texts,
  multiValueQueryStringParameters: TextLists,
  body: z.string().nullish(),
  isBase64Encoded: z.boolean().nullish(),
  requestContext: z.looseObject({
    requestId: z.string().optional(),
    authorizer: z.looseObject({ claims: z.unknown() }).nullish(),
    identity: z.looseObject({ userArn: z.string().nullish() }).nullish(),
  }),
});
export type RestEvent = z.output<typeof RestEvent>;

/** A header by its name, whatever case it was sent in. */
export function headerOf({ headers }: RestEvent, name: string): string | undefined {
  return Object.entries(headers ?? {}).find(([key]) => key.toLowerCase() === name.toLowerCase())?.[1];
}
