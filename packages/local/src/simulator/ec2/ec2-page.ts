import { ServiceError } from '../errors.ts';
import { type Page, paginate } from '../paginate.ts';
import { invalidParameter } from './ec2-errors.ts';

export interface Ec2PageRequest {
  MaxResults?: number | undefined;
  NextToken?: string | undefined;
}

/** What `MaxResults` may be, and what a page holds without it. */
export interface Ec2PageLimits {
  min: number;
  max: number;
  unstated: number;
}

/** One page of items, as EC2's describes cut them. */
export function ec2Page<Item>(
  items: readonly Item[],
  keyOf: (item: Item) => string | undefined,
  { MaxResults, NextToken: token }: Ec2PageRequest,
  { min, max, unstated }: Ec2PageLimits,
): Page<Item> {
  if (MaxResults !== undefined && (MaxResults < min || MaxResults > max)) {
    const message = `Value (${MaxResults}) for parameter maxResults is invalid. Expecting a value between ${min} and ${max}.`;
    throw invalidParameter(message);
  }
  const page = paginate(items, (item) => keyOf(item) ?? '', { size: MaxResults ?? unstated, token });
  if (!page) throw new ServiceError(400, 'InvalidNextToken', 'The token is not valid.');
  return page;
}
