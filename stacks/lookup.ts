/** What was created for a logical id. A topology that names something it does not declare fails here, before anything is deployed. */
export function lookup<Resource>(created: ReadonlyMap<string, Resource>, kind: string, logicalId: string): Resource {
  const found = created.get(logicalId);
  if (!found) throw new Error(`The topology refers to ${kind} "${logicalId}", which it does not declare`);
  return found;
}
