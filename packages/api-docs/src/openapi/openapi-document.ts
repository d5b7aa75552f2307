import { type OperationName, operations } from '@prelaunch/contracts/operations';
import { createDocument, type ZodOpenApiOperationObject, type ZodOpenApiPathsObject } from 'zod-openapi';
import { componentSchemas } from '../component-schemas.ts';
import { withTexts } from '../schema-texts.ts';
import { info, SECURITY, securitySchemes, servers, tags } from './about.ts';
import { simpleWayOf, type Way } from './field-places.ts';
import { operationObject, simpleOperationObject } from './operation-object.ts';

/** The REST API as OpenAPI 3.1, from the table of operations and their schemas. */
export function openapiDocument(version: string) {
  const document = createDocument(
    {
      openapi: '3.1.1',
      info: { ...info, version },
      servers,
      security: SECURITY,
      tags,
      paths: paths(),
      components: { schemas: componentSchemas, securitySchemes },
    },
    { override: withTexts },
  );
  return JSON.parse(JSON.stringify(document), withoutParam) as typeof document;
}

/** What is said of a parameter stays behind in its schema where that only refers to another. */
function withoutParam(key: string, value: unknown): unknown {
  if (key !== 'schema' || typeof value !== 'object' || value === null) return value;
  const { param: _param, ...schema } = value as Readonly<Record<string, unknown>>;
  return schema;
}

function paths(): ZodOpenApiPathsObject {
  const found: ZodOpenApiPathsObject = {};
  const add = ({ method, path }: Way, operation: ZodOpenApiOperationObject) => {
    found[path] = { ...found[path], [method.toLowerCase()]: operation };
  };
  for (const name of Object.keys(operations) as OperationName[]) {
    add(operations[name].http, operationObject(name));
    const simple = simpleWayOf(name);
    if (simple) add(simple, simpleOperationObject(name, simple));
  }
  return found;
}
