import type { ServiceError } from '../errors.ts';
import type { SimulatorRequest, SimulatorResponse } from '../simulator-request.ts';
import { readQueryForm } from './read-query-form.ts';
import { operationShape, type QueryService } from './shape.ts';
import { writeXml, xmlElement } from './write-xml.ts';

const NAMESPACES: Record<QueryService, string> = {
  ec2: 'http://ec2.amazonaws.com/doc/2016-11-15/',
  iam: 'https://iam.amazonaws.com/doc/2010-05-08/',
  sts: 'https://sts.amazonaws.com/doc/2011-06-15/',
};

/** The request's form: the body, or the query string where a caller sends its parameters there. */
export function queryForm(request: SimulatorRequest): URLSearchParams {
  return new URLSearchParams(request.body === '' ? (request.path.split('?')[1] ?? '') : request.body);
}

export function readInput(service: QueryService, operation: string, form: URLSearchParams): Record<string, unknown> {
  return readQueryForm(service, operationShape(service, operation).input, form);
}

/** EC2 puts the members directly under the response; plain query services nest them in a result and add metadata. */
export function writeOutput(
  service: QueryService,
  operation: string,
  output: object,
  requestId: string,
): SimulatorResponse {
  const members = writeXml(operationShape(service, operation).output, { ...output });
  const inner =
    service === 'ec2'
      ? `${xmlElement('requestId', requestId)}${members}`
      : `<${operation}Result>${members}</${operation}Result><ResponseMetadata>${xmlElement('RequestId', requestId)}</ResponseMetadata>`;
  return xmlResponse(
    200,
    `<${operation}Response xmlns="${NAMESPACES[service]}">${inner}</${operation}Response>`,
    requestId,
  );
}

export function writeEc2Error(error: ServiceError, requestId: string): SimulatorResponse {
  const body = `<Error>${xmlElement('Code', error.code)}${xmlElement('Message', error.message)}</Error>`;
  const response = `<Response><Errors>${body}</Errors>${xmlElement('RequestID', requestId)}</Response>`;
  return xmlResponse(error.status, response, requestId, error.headers);
}

/** An error of a plain query service. */
export function writeQueryError(service: 'iam' | 'sts', error: ServiceError, requestId: string): SimulatorResponse {
  const fault = xmlElement('Type', error.status < 500 ? 'Sender' : 'Receiver');
  const body = `<Error>${fault}${xmlElement('Code', error.code)}${xmlElement('Message', error.message)}</Error>`;
  const response = `<ErrorResponse xmlns="${NAMESPACES[service]}">${body}${xmlElement('RequestId', requestId)}</ErrorResponse>`;
  return xmlResponse(error.status, response, requestId, error.headers);
}

function xmlResponse(
  status: number,
  xml: string,
  requestId: string,
  headers: Readonly<Record<string, string>> = {},
): SimulatorResponse {
  return {
    status,
    headers: { 'content-type': 'text/xml;charset=UTF-8', 'x-amzn-requestid': requestId, ...headers },
    body: `<?xml version="1.0" encoding="UTF-8"?>\n${xml}`,
  };
}
