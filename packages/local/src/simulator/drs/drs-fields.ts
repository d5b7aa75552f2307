import * as z from 'zod';

export const SourceServerId = z.string().regex(/^s-[0-9a-zA-Z]{17}$/);
export const JobId = z.string().regex(/^drsjob-[0-9a-zA-Z]{17}$/);
export const RecoveryInstanceId = z
  .string()
  .max(19)
  .regex(/^i-[0-9a-fA-F]{8,}$/);
export const AccountId = z.string().regex(/^[0-9]{12}$/);
export const DateTime = z
  .string()
  .min(19)
  .max(32)
  .refine((text) => !Number.isNaN(Date.parse(text)), 'is not a date');
export const Tags = z.record(z.string().max(256), z.string().max(256));

/** Members that page a list. The model knows no greatest page size. */
export const Paging = { maxResults: z.int().min(1).optional(), nextToken: z.string().max(2_048).optional() };
