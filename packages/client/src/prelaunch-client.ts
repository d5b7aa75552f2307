import { type OperationName, operations } from '@prelaunch/contracts/operations';
import type { z } from 'zod';
import { type Answer, answerOf } from './answer.ts';
import { unreachable } from './api-error.ts';
import { type BuiltRequest, requestOf } from './request.ts';

export interface ClientOptions {
  /** With the stage where there is one: `https://a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com/production`. */
  readonly baseUrl: string;
  /** The whole value of the Authorization header, asked for anew with each call. Left out where `fetch` signs requests. */
  readonly authorization?: () => string | Promise<string>;
  readonly fetch?: typeof globalThis.fetch;
}

export interface CallOptions {
  readonly signal?: AbortSignal;
}

type CamelCase<Name extends string> = Name extends `${infer First}_${infer Rest}`
  ? `${First}${Capitalize<CamelCase<Rest>>}`
  : Name;

/** What a method takes: the fields of the operation. Who calls is what the authorizer establishes, so nobody states it. */
export type FieldsOf<Name extends OperationName> = Omit<
  z.input<(typeof operations)[Name]['request']>,
  'operation' | 'invokedBy'
>;
export type ResponseOf<Name extends OperationName> = z.output<(typeof operations)[Name]['response']>;

/** One method per operation, under the name that the OpenAPI document gives it. */
export type PrelaunchClient = {
  readonly [Name in OperationName as CamelCase<Name>]: (
    fields: FieldsOf<Name>,
    options?: CallOptions,
  ) => Promise<Answer<ResponseOf<Name>>>;
};

/**
 * A client of the REST API. Methods throw `PrelaunchApiError` for whatever is no answer of the operation, and what the signal was
 * aborted with when it was. They send once: what may be tried again says so.
 */
export function prelaunchClient(options: ClientOptions): PrelaunchClient {
  const names = Object.keys(operations) as OperationName[];
  const methods = names.map((name) => [
    camelCase(name),
    async (fields: Readonly<Record<string, unknown>>, { signal }: CallOptions = {}) => {
      const response = await send(requestOf(name, fields), signal, options);
      return answerOf(operations[name].response, response, signal);
    },
  ]);
  return Object.fromEntries(methods) as PrelaunchClient;
}

async function send(
  { method, path, headers, body }: BuiltRequest,
  signal: AbortSignal | undefined,
  { baseUrl, authorization, fetch = globalThis.fetch }: ClientOptions,
): Promise<Response> {
  const stated = await authorization?.();
  const url = `${baseUrl.replace(/\/+$/, '')}${path}`;
  const sent = { accept: 'application/json', ...headers, ...(stated !== undefined && { authorization: stated }) };
  return fetch(url, { method, headers: sent, ...(body !== undefined && { body }), ...(signal && { signal }) }).catch(
    (cause: unknown) => {
      signal?.throwIfAborted();
      throw unreachable(cause);
    },
  );
}

/** `create_protection_group` to `createProtectionGroup`. */
export function camelCase(name: OperationName): string {
  return name.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
