import type { IncomingHttpHeaders } from 'node:http';

/** A signed request to one AWS service, body read. */
export interface ServiceRequest {
  readonly service: string;
  readonly region: string;
  readonly accessKeyId: string;
  readonly method: string;
  /** Path and query as sent. */
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface ServiceAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Tells the ledger what was asked for, as soon as the service has read it. */
export type RecordRequest = (action: string, targets: readonly string[]) => void;

/** Answers the requests of one AWS service. A throw becomes an internal failure, or a cut connection for ConnectionLost. */
export type Service = (request: ServiceRequest, record: RecordRequest) => Promise<ServiceAnswer>;

export function jsonAnswer(contentType: string, status: number, body: unknown): ServiceAnswer {
  return { status, headers: { 'content-type': contentType }, body: JSON.stringify(body) };
}
