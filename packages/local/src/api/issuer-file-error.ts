/** The key of the local issuer was damaged. Nobody but its owner can say whether it may be replaced. */
export class IssuerFileError extends Error {
  override readonly name = 'IssuerFileError';
  readonly code = 'local.issuer-file-damaged';

  constructor(path: string, options: { readonly cause: unknown }) {
    super(
      `${path} does not hold the key of the local issuer. Delete it to have a new one made; old tokens end.`,
      options,
    );
  }
}
