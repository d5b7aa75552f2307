import * as z from 'zod';
import { COMPONENT_TEXTS, componentSchemas } from './component-schemas.ts';

type Schema = z.core.$ZodType;

interface Rendered {
  readonly zodSchema: Schema;
  readonly jsonSchema: z.core.JSONSchema.BaseSchema;
  readonly io: 'input' | 'output';
}

const componentTexts = new Map<Schema, string>(
  Object.entries(componentSchemas).flatMap(([name, schema]) => {
    const text = COMPONENT_TEXTS[name as keyof typeof componentSchemas];
    return text === undefined ? [] : [[schema, text]];
  }),
);

/** Gives a rendered schema the words that its zod schema has: what it is about, and what is allowed. */
export function withTexts({ zodSchema, jsonSchema, io }: Rendered): void {
  const description = descriptionOf(zodSchema);
  const isWordedInside = innerOf(zodSchema) !== undefined && aboutOf(zodSchema) === undefined;
  if (description !== undefined && !isWordedInside) jsonSchema.description = description;
  // Answers may gain fields; requests with fields that are not known are refused.
  if (io === 'output' && isTolerant(zodSchema)) delete jsonSchema.additionalProperties;
}

function isTolerant(schema: Schema): boolean {
  const { def } = schema._zod as z.core.$ZodTypeInternals & { def: z.core.$ZodObjectDef };
  return def.type === 'object' && def.catchall === undefined;
}

/** What a schema's field is about, and what is allowed there, in the words with which the schema refuses everything else. */
export function descriptionOf(schema: Schema): string | undefined {
  const layers = layersOf(schema);
  const about = layers.map(aboutOf).find((text) => text !== undefined);
  const allowed = layers.map(allowedBy).find((text) => text !== undefined);
  const parts = [...(about === undefined ? [] : [about]), ...(allowed === undefined ? [] : [`Allowed: ${allowed}.`])];
  return parts.length === 0 ? undefined : parts.join(' ');
}

/** From what may be left out or be null to what it then is. */
function layersOf(schema: Schema): Schema[] {
  const inner = innerOf(schema);
  return inner === undefined ? [schema] : [schema, ...layersOf(inner)];
}

function innerOf(schema: Schema): Schema | undefined {
  return (schema._zod.def as { readonly innerType?: Schema }).innerType;
}

function aboutOf(schema: Schema): string | undefined {
  return z.globalRegistry.get(schema)?.description ?? componentTexts.get(schema);
}

/** Of a refinement only its words are known, so they are the way in which a document tells of it. */
function allowedBy(schema: Schema): string | undefined {
  const { def } = schema._zod;
  const refinements = (def.checks ?? []).filter(({ _zod }) => _zod.def.check === 'custom').map(({ _zod }) => _zod.def);
  const texts = new Set([def, ...refinements].flatMap(({ error }) => wordsOf(error)));
  return texts.size === 0 ? undefined : [...texts].join('; ');
}

/** The error maps of the contract are constants: they say the same whatever was given. */
function wordsOf(error: unknown): string[] {
  const said: unknown = typeof error === 'function' ? error({ input: undefined, path: [] }) : undefined;
  return typeof said === 'string' ? [said] : [];
}
