import { createRequire } from 'node:module';
import * as ec2 from '@aws-sdk/client-ec2';
import * as iam from '@aws-sdk/client-iam';
import * as sts from '@aws-sdk/client-sts';

/** The part of the SDK's normalised schema that parsing and writing need. */
export interface Shape {
  isStructSchema(): boolean;
  isListSchema(): boolean;
  isBooleanSchema(): boolean;
  isNumericSchema(): boolean;
  isTimestampSchema(): boolean;
  isBlobSchema(): boolean;
  getMemberSchemas(): Record<string, Shape>;
  getValueSchema(): Shape;
  getMergedTraits(): { xmlName?: string; ec2QueryName?: string; xmlFlattened?: unknown };
}

export interface OperationShape {
  input: Shape;
  output: Shape;
}

export type QueryService = 'ec2' | 'iam' | 'sts';

// An older client hoists its own @smithy/core in some installations, so the one that made these schemas is asked for.
const requireAsClient = createRequire(createRequire(import.meta.url).resolve('@aws-sdk/client-ec2'));
const { NormalizedSchema } = requireAsClient('@smithy/core/schema') as {
  NormalizedSchema: { of(schema: unknown): Shape };
};

const CLIENTS: Record<QueryService, Record<string, unknown>> = { ec2: { ...ec2 }, iam: { ...iam }, sts: { ...sts } };
const known = new Map<string, OperationShape>();

/** Finds the input and output shapes in the operation schema that the SDK client exports. */
export function operationShape(service: QueryService, operation: string): OperationShape {
  const key = `${service}.${operation}`;
  const shape = known.get(key) ?? normalized(CLIENTS[service][`${operation}$`], key);
  known.set(key, shape);
  return shape;
}

function normalized(schema: unknown, key: string): OperationShape {
  if (!Array.isArray(schema)) throw new Error(`The SDK exports no operation schema ${key}`);
  return { input: NormalizedSchema.of(schema[4]), output: NormalizedSchema.of(schema[5]) };
}
