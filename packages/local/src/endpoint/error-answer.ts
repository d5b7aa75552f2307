import { randomUUID } from 'node:crypto';
import type { ServiceAnswer } from './service.ts';

export interface ServiceFailure {
  readonly status: number;
  readonly code: string;
  readonly message: string;
}

const QUERY_SERVICES: ReadonlySet<string> = new Set(['ec2', 'sts']);

/** An error in the protocol that the SDK of this service reads; JSON with the header form for services that are not known. */
export function errorAnswer(service: string | undefined, failure: ServiceFailure): ServiceAnswer {
  if (service !== undefined && QUERY_SERVICES.has(service)) return xmlError(service, failure);
  const { status, code, message } = failure;
  return {
    status,
    headers: { 'content-type': 'application/x-amz-json-1.0', 'x-amzn-errortype': code },
    body: JSON.stringify({ __type: code, message }),
  };
}

function xmlError(service: string, { status, code, message }: ServiceFailure): ServiceAnswer {
  const error = `<Code>${escapeXml(code)}</Code><Message>${escapeXml(message)}</Message>`;
  const id = randomUUID();
  const body =
    service === 'ec2'
      ? `<Response><Errors><Error>${error}</Error></Errors><RequestID>${id}</RequestID></Response>`
      : `<ErrorResponse><Error><Type>Sender</Type>${error}</Error><RequestId>${id}</RequestId></ErrorResponse>`;
  return { status, headers: { 'content-type': 'text/xml' }, body };
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
