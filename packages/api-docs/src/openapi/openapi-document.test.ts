import { ERROR_CODES } from '@prelaunch/contracts/error-codes';
import { httpStatusOf } from '@prelaunch/contracts/http-status';
import { type OperationName, operations } from '@prelaunch/contracts/operations';
import { OperationError } from '@prelaunch/contracts/operations/operation-error';
import { mermaidOf } from '@prelaunch/core/configuration/pictures/mermaid';
import { opencypherOf } from '@prelaunch/core/configuration/pictures/opencypher';
import { servedAnswer } from '@prelaunch/functions/rest/rest-answer';
import { routeOf } from '@prelaunch/functions/rest/routes';
import { describe, expect, it } from 'vitest';
import type { z } from 'zod';
import { configurationExamples } from './examples/configurations.ts';
import { errorExamples } from './examples/errors.ts';
import { examples } from './examples.ts';
import { isRequired, simpleWayOf, type Way } from './field-places.ts';
import { openapiDocument } from './openapi-document.ts';
import { operationIdOf } from './operation-object.ts';

type Content = { readonly 'application/json': { readonly schema: unknown } };
interface Documented {
  readonly operationId: string;
  readonly parameters: readonly {
    readonly in: string;
    readonly name: string;
    readonly description?: string;
    readonly explode?: boolean;
  }[];
  readonly requestBody?: { readonly content: Content };
  readonly responses: Readonly<Record<string, { readonly headers?: Readonly<Record<string, { required?: boolean }>> }>>;
}

const document = openapiDocument('0.0.0');
const paths = document.paths as unknown as Readonly<Record<string, Readonly<Record<string, Documented>>>>;
const documented = Object.entries(paths).flatMap(([path, item]) =>
  Object.entries(item).map(([method, operation]) => ({ path, method: method.toUpperCase(), operation })),
);
const names = Object.keys(operations) as OperationName[];

/** What stands in paths and queries, and what bodies that show only a part leave out. */
const ELSEWHERE = {
  bindingId: 'user:alice:10',
  configurationId: 'production',
  executionId: 'exec-2026-01-31',
  fromVersion: 3,
  groupId: 'pg-orders',
  instanceId: 's-1234567890abcdef0',
  toVersion: 4,
  waveNumber: 1,
};

function documentedOf(name: OperationName, { path, method }: Way = operations[name].http): Documented {
  const operation = paths[path]?.[method.toLowerCase()];
  if (!operation) throw new Error(`${name} is not documented`);
  return operation;
}

function requestFor(name: OperationName, body: object) {
  const fields: Readonly<Record<string, z.ZodType>> = operations[name].request.shape;
  const elsewhere = Object.entries(ELSEWHERE).filter(([field]) => {
    const schema = fields[field];
    return schema !== undefined && isRequired(schema);
  });
  return { operation: name, ...Object.fromEntries(elsewhere), ...body };
}

describe('the OpenAPI document', () => {
  it('has every operation of the table, and the table every operation of it', () => {
    const inTable = names.flatMap((name) => {
      const { http } = operations[name];
      const simple = simpleWayOf(name);
      return [
        `${http.method} ${http.path} ${operationIdOf(name)}`,
        ...(simple ? [`${simple.method} ${simple.path} ${operationIdOf(name)}Simply`] : []),
      ];
    });
    const inDocument = documented.map(({ path, method, operation }) => `${method} ${path} ${operation.operationId}`);
    expect(inDocument.toSorted()).toEqual(inTable.toSorted());
  });

  it('has only paths that the router routes to the operation', () => {
    for (const { path, method, operation } of documented) {
      const route = routeOf(method, path.replaceAll(/[{}]/g, ''));
      expect(operationIdOf(route.operation)).toBe(operation.operationId.replace(/Simply$/, ''));
    }
  });

  it.each(names)('places every field of %s once, except those that HTTP says otherwise', (name) => {
    const { parameters, requestBody } = documentedOf(name);
    const body = requestBody?.content['application/json'].schema as { properties?: object } | undefined;
    const headers = {
      'If-Match': 'generation',
      'Idempotency-Key': 'idempotencyKey',
      'X-Correlation-Id': 'correlationId',
    };
    const placed = [
      ...parameters.map((parameter) => (headers as Record<string, string>)[parameter.name] ?? parameter.name),
      ...Object.keys(body?.properties ?? {}),
    ];
    const fields = Object.keys(operations[name].request.shape).filter(
      (field) => !['operation', 'invokedBy'].includes(field),
    );
    expect(placed.toSorted()).toEqual(fields.toSorted());
    expect(parameters.every(({ description = '' }) => description.length > 8)).toBe(true);
  });

  it('takes in a query what fits in one, with lists as texts with commas', () => {
    const { parameters, requestBody } = documentedOf('resolve_configuration', {
      method: 'GET',
      path: '/configurations/resolve',
    });
    const inQuery = parameters.filter((parameter) => parameter.in === 'query');
    expect(inQuery.map(({ name }) => name)).toEqual([
      'userId',
      'userGroups',
      'configurationId',
      'version',
      'groupId',
      'serverId',
      'instanceType',
    ]);
    expect(inQuery.filter(({ explode }) => explode === false).map(({ name }) => name)).toEqual(['userGroups']);
    expect(requestBody).toBeUndefined();
  });

  it.each(names)('shows requests of %s that its schema takes', (name) => {
    const shown = Object.values(examples[name].request ?? {});
    expect(shown.length > 0).toBe(documentedOf(name).requestBody !== undefined);
    for (const { value } of shown) {
      const request = requestFor(name, value);
      expect(operations[name].request.parse(request)).toMatchObject(request);
    }
  });

  it.each(names)(
    'shows answers of %s that its schema makes, under the statuses and headers of the REST API',
    (name) => {
      const { request, response } = operations[name];
      const { responses } = documentedOf(name);
      const given = request.parse(requestFor(name, Object.values(examples[name].request ?? {})[0]?.value ?? {}));
      const statuses = Object.keys(responses).filter((status) => Number(status) < 400);
      expect(Object.keys(examples[name].responses)).toEqual(statuses);
      for (const [status, shown] of Object.entries(examples[name].responses)) {
        for (const { value } of Object.values(shown)) {
          expect(response.parse(value)).toEqual(value);
          const answer = servedAnswer({ request: given, response: response.parse(value), correlationId: 'any' });
          expect(String(answer.statusCode)).toBe(status);
          const headers = Object.keys(answer.headers).filter((header) =>
            ['etag', 'location', 'retry-after'].includes(header),
          );
          const told = Object.keys(responses[status]?.headers ?? {}).map((header) => header.toLowerCase());
          expect(told.toSorted()).toEqual(headers.toSorted());
        }
      }
    },
  );

  it('shows graphs as they are drawn', () => {
    const { all, export: exported } = configurationExamples.get_configuration_graph.responses[200];
    expect(mermaidOf(all.value)).toBe(all.value.mermaid);
    expect(mermaidOf(exported.value)).toBe(exported.value.mermaid);
    expect(opencypherOf(exported.value)).toBe(exported.value.export);
  });

  it('shows errors in their shape, with codes that exist, under their statuses', () => {
    for (const [status, shown] of Object.entries(errorExamples)) {
      for (const { value } of Object.values(shown)) {
        expect(OperationError.parse(value)).toEqual(value);
        const code = ERROR_CODES.find((known) => known === value.error.code);
        if (code === undefined) expect.fail(value.error.code);
        expect(httpStatusOf({ code, retryable: value.error.retryable })).toBe(Number(status));
      }
    }
  });

  it('refuses fields that are not known in requests, and lets answers grow', () => {
    const schemas = document.components?.schemas as Readonly<Record<string, { additionalProperties?: unknown }>>;
    expect(schemas.LaunchSettings?.additionalProperties).toBe(false);
    expect(schemas.ProtectionGroup).not.toHaveProperty('additionalProperties');
  });

  it('says what is allowed in the words of the schemas', () => {
    const schemas = document.components?.schemas as Readonly<Record<string, { description?: string }>>;
    expect(schemas.AccountId?.description).toBe('Allowed: an AWS account id: 12 digits, as a string.');
    expect(schemas.GroupTags?.description).toContain('at most 50 tags');
  });
});
