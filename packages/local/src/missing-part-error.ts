/** Something was asked for, or is named in the topology, that the topology does not define. */
export class MissingPartError extends Error {
  override readonly name = 'MissingPartError';
  readonly code = 'local.missing-part';

  constructor(kind: string, id: string) {
    super(`The topology has no ${kind} "${id}".`);
  }
}
