import type { ServiceError } from '../errors.ts';

/**
 * The resources of these ids, or all where none is named. Ids that name nothing refuse the whole call, which tells all of them.
 */
export function namedResources<Resource>(
  ids: readonly string[] | undefined,
  resources: ReadonlyMap<string, Resource>,
  notFound: (missing: readonly string[]) => ServiceError,
): Resource[] {
  if (!ids?.length) return [...resources.values()];
  const found = [...new Set(ids)].map((id) => ({ id, resource: resources.get(id) }));
  const missing = found.filter(({ resource }) => resource === undefined).map(({ id }) => id);
  if (missing.length > 0) throw notFound(missing);
  return found.flatMap(({ resource }) => resource ?? []);
}
