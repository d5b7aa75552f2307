import { type OperationName, operations } from '@prelaunch/contracts/operations';
import * as z from 'zod';
import type { ZodOpenApiOperationObject } from 'zod-openapi';
import { descriptionOf } from '../schema-texts.ts';
import { examples } from './examples.ts';
import { fieldsOf, isList, isRequired, type Way } from './field-places.ts';
import { headerParameter } from './header-parameters.ts';
import { OPERATION_TEXTS } from './operation-texts.ts';
import { responsesOf } from './responses.ts';

/** An operation of the table as the OpenAPI document has it. */
export function operationObject(name: OperationName): ZodOpenApiOperationObject {
  const { summary, http } = operations[name];
  const { tag, description } = OPERATION_TEXTS[name];
  return { operationId: operationIdOf(name), tags: [tag], summary, description, ...requestAndAnswers(name, http) };
}

/** The same operation by its second way, under a name of its own. */
export function simpleOperationObject(name: OperationName, way: Way): ZodOpenApiOperationObject {
  const { summary } = operations[name];
  const usual = operationIdOf(name);
  return {
    operationId: `${usual}Simply`,
    tags: [OPERATION_TEXTS[name].tag],
    summary: `${summary}, in simple cases`,
    description: `Answers as \`${usual}\` does, which also takes what has no place in a query.`,
    ...requestAndAnswers(name, way),
  };
}

function requestAndAnswers(name: OperationName, way: Way): ZodOpenApiOperationObject {
  const { path, query, headers, body } = fieldsOf(name, way);
  const requestParams = {
    ...(path.size > 0 && { path: z.object(described(path)) }),
    ...(query.size > 0 && { query: z.object(described(query)) }),
    header: z.object(Object.fromEntries([...headers].map(([field, schema]) => headerParameter(field, schema)))),
  };
  const shown = examples[name].request;
  const schema = z.strictObject(Object.fromEntries(body));
  const requestBody = {
    required: [...body.values()].some(isRequired),
    content: { 'application/json': { schema, ...(shown && { examples: shown }) } },
  };
  return { requestParams, ...(body.size > 0 && { requestBody }), responses: responsesOf(name, way) };
}

/** The name of the operation in camelCase. */
export function operationIdOf(name: OperationName): string {
  return name.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

/** Parameters have descriptions of their own, beside those of their schemas. */
function described(fields: ReadonlyMap<string, z.ZodType>): Record<string, z.ZodType> {
  return Object.fromEntries(
    [...fields].map(([name, schema]) => {
      const description = descriptionOf(schema) ?? name;
      const list = isList(schema) ? { style: 'form' as const, explode: false } : {};
      return [name, schema.meta({ param: { description, ...list } })];
    }),
  );
}
