import { HEADER_OF_FIELD } from '@prelaunch/contracts/http-fields';
import * as z from 'zod';
import { descriptionOf } from '../schema-texts.ts';

type HeaderField = keyof typeof HEADER_OF_FIELD;

const EntityTag = z
  .string()
  .regex(/^(\*|(W\/)?"?\d{1,15}"?)$/)
  .optional();

/** A header by name, with a schema of its text. A generation travels as an entity tag. */
export function headerParameter(field: HeaderField, schema: z.ZodType): [name: string, schema: z.ZodType] {
  if (field !== 'generation') {
    const description = descriptionOf(schema) ?? field;
    return [HEADER_OF_FIELD[field], schema.meta({ param: { description } })];
  }
  const description =
    'The generation the caller has seen, as the ETag of an earlier answer: the request is refused when there is a newer one.';
  return [HEADER_OF_FIELD[field], EntityTag.meta({ param: { description, example: '"7"' } })];
}
