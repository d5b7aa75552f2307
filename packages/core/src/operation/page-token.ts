import { ConfigurationId, GroupId } from '@prelaunch/contracts/ids';
import type { z } from 'zod';
import { refusedField } from '../invalid-request-error.ts';

/** Where a list goes on, as callers carry it. */
export function tokenOf(place: string): string {
  return Buffer.from(place).toString('base64url');
}

/** The group after which a list goes on. Throws `InvalidRequestError` for a token that no answer held. */
export function groupOfToken(token: string): string {
  return placeOf(token, GroupId);
}

/** As `groupOfToken`, of configurations. */
export function configurationOfToken(token: string): string {
  return placeOf(token, ConfigurationId);
}

function placeOf(token: string, schema: z.ZodType): string {
  const place = Buffer.from(token, 'base64url').toString();
  if (schema.safeParse(place).success && tokenOf(place) === token) return place;
  throw unknownToken(token);
}

/** As `groupOfToken`: a number from 1 on, such as of the version after which a list goes on downwards. */
export function numberOfToken(token: string): number {
  const place = Buffer.from(token, 'base64url').toString();
  if (/^[1-9]\d{0,8}$/.test(place) && tokenOf(place) === token) return Number(place);
  throw unknownToken(token);
}

function unknownToken(token: string) {
  return refusedField('nextToken', token, 'a nextToken of an earlier answer');
}
