import * as z from 'zod';

/** DRS's id of a replicated machine. */
export const SourceServerId = z
  .string({ error: 'a source server id: s- and 17 letters or digits' })
  .regex(/^s-[0-9a-zA-Z]{17}$/, 'a source server id: s- and 17 letters or digits');

export const GroupId = z
  .string({ error: 'a group id: a letter or digit, then up to 127 letters, digits, dots, dashes or underscores' })
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/,
    'a group id: a letter or digit, then up to 127 letters, digits, dots, dashes or underscores',
  );

const CONFIGURATION =
  'a configuration id: a letter or digit, then up to 63 letters, digits, dots, dashes or underscores, and not resolve';

/** `resolve` is a path of the API beside those of the configurations. */
export const ConfigurationId = z
  .string({ error: CONFIGURATION })
  .regex(/^(?!resolve$)[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, CONFIGURATION);

export const AccountId = z
  .string({ error: 'an AWS account id: 12 digits, as a string' })
  .regex(/^\d{12}$/, 'an AWS account id: 12 digits, as a string');

export const Region = z
  .string({ error: 'an AWS Region such as eu-west-1' })
  // It is part of host names.
  .max(63, 'an AWS Region such as eu-west-1')
  .regex(/^[a-z]{2}(-[a-z]+)+-\d$/, 'an AWS Region such as eu-west-1');

export const CorrelationId = z
  .string({ error: 'a correlation id: 1 to 128 characters' })
  .min(1, 'a correlation id: 1 to 128 characters')
  .max(128, 'a correlation id: 1 to 128 characters')
  .refine((id) => id.isWellFormed(), 'a correlation id: 1 to 128 whole characters');
