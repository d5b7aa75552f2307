/** A function cannot start, because nobody could tell who may do what. It is for whoever deployed, and never answered to callers. */
export class AccessConfigurationError extends Error {
  override readonly name = 'AccessConfigurationError';
  readonly code = 'access.configuration';

  constructor(problems: readonly string[]) {
    super(`The access configuration cannot be used: ${problems.join('; ')}`);
  }
}
