import type { Filter, Tag } from '@aws-sdk/client-ec2';
import { ServiceError } from '../errors.ts';
import { invalidParameter } from './ec2-errors.ts';

const VALUES_PER_FILTER_MAX = 200;

/** The value of a resource's field by the name that filters have for it; throws for a name that is no filter. */
export type FieldOf<Resource> = (resource: Resource, name: string) => string | undefined;

/** Those that pass every filter. A filter's values are alternatives, and may hold the wildcards `*` and `?`. */
export function filtered<Resource>(
  resources: readonly Resource[],
  filters: readonly Filter[] = [],
  fieldOf: FieldOf<Resource>,
): Resource[] {
  const tests = filters.map((filter) => testOf(filter, fieldOf));
  return resources.filter((resource) => tests.every((passes) => passes(resource)));
}

export function tagOf(tags: readonly Tag[] | undefined, filterName: string): string | undefined {
  return tags?.find(({ Key }) => `tag:${Key}` === filterName)?.Value;
}

export function unknownFilter(name: string): ServiceError {
  return invalidParameter(`The filter '${name}' is invalid`);
}

function testOf<Resource>({ Name = '', Values = [] }: Filter, fieldOf: FieldOf<Resource>) {
  if (Values.length > VALUES_PER_FILTER_MAX) {
    throw new ServiceError(
      400,
      'FilterLimitExceeded',
      `The maximum number of filter values is ${VALUES_PER_FILTER_MAX}`,
    );
  }
  const patterns = Values.map(patternOf);
  return (resource: Resource): boolean => {
    const value = fieldOf(resource, Name);
    return value !== undefined && patterns.some((pattern) => pattern.test(value));
  };
}

function patternOf(value: string): RegExp {
  const literal = value.replace(/[.+^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`^${literal.replaceAll('*', '.*').replaceAll('?', '.')}$`, 's');
}
