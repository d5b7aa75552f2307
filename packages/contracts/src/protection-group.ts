import * as z from 'zod';

/** Half a character cannot be hashed, nor stored by AWS. */
const isWellFormed = (value: string) => value.isWellFormed();

const NAME = 'a name of 1 to 256 characters';
export const GroupName = z
  .string({ error: NAME })
  .min(1, NAME)
  .max(256, NAME)
  .refine(isWellFormed, 'a name of whole characters');

const DESCRIPTION = 'a text of up to 1024 characters';
export const GroupDescription = z
  .string({ error: DESCRIPTION })
  .max(1024, DESCRIPTION)
  .refine(isWellFormed, 'a text of whole characters');

const KEYS = 'tag keys of 1 to 128 characters';
const VALUES = 'tag values of up to 256 characters';

/** Tags of the group itself, by which roles may be given; those of servers are settings. */
export const GroupTags = z
  .record(
    z.string().min(1, KEYS).max(128, KEYS).refine(isWellFormed, 'tag keys of whole characters'),
    z.string({ error: VALUES }).max(256, VALUES).refine(isWellFormed, 'tag values of whole characters'),
    {
      error: 'an object of tag keys and values',
    },
  )
  .refine((tags) => Object.keys(tags).length <= 50, 'at most 50 tags')
  .meta({ maxProperties: 50 });
