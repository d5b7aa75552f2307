/** An answer that AWS would give as an error; each protocol writes it in its own form. */
export class ServiceError extends Error {
  override readonly name = 'ServiceError';
  readonly status: number;
  readonly code: string;
  /** Further members of a JSON error body. */
  readonly members: Readonly<Record<string, unknown>>;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, code: string, message: string, members = {}, headers: Record<string, string> = {}) {
    super(message);
    this.status = status;
    this.code = code;
    this.members = members;
    this.headers = headers;
  }
}

/** The connection died before an answer: whoever serves the request must destroy its socket. The change may have been made. */
export class ConnectionLost extends Error {
  override readonly name = 'ConnectionLost';
}
