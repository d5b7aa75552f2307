/** A function was started without something it needs. */
export class EnvironmentError extends Error {
  override readonly name = 'EnvironmentError';
  readonly code = 'environment.missing';

  constructor(variables: readonly string[]) {
    super(`environment variable ${variables.join(', ')} is not set`);
  }
}

/** The named environment variables, all of them; throws naming every one that is missing. Read once, when a function starts. */
export function environment<const Name extends string>(...names: readonly Name[]): Record<Name, string> {
  const missing = names.filter((name) => !process.env[name]);
  if (missing.length > 0) throw new EnvironmentError(missing);
  return Object.fromEntries(names.map((name) => [name, process.env[name]])) as Record<Name, string>;
}
