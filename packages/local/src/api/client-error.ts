import { randomUUID } from 'node:crypto';
import type { Duplex } from 'node:stream';
import { errorAnswer, type FrontError } from './front-error.ts';

const REASONS: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  408: 'Request Timeout',
  431: 'Request Header Fields Too Large',
};
/** How long a client may take to read the answer and close. */
const CLOSE_MS = 1000;

/** Answers what is no HTTP, has headers that are too large, or does not arrive to its end; then the connection ends. */
export function answerClientError(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (!socket.writable || error.code === 'ECONNRESET') {
    socket.destroy();
    return;
  }
  const requestId = randomUUID();
  const { status, headers, body } = errorAnswer(problemOf(error.code), requestId);
  const lines = Object.entries({
    ...headers,
    'x-amzn-requestid': requestId,
    'content-length': Buffer.byteLength(body),
    connection: 'close',
  }).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.end(`HTTP/1.1 ${status} ${REASONS[status]}\r\n${lines.join('')}\r\n${body}`);
  setTimeout(() => socket.destroy(), CLOSE_MS).unref();
}

function problemOf(code: string | undefined): FrontError {
  if (code === 'HPE_HEADER_OVERFLOW')
    return { status: 431, code: 'request.too_large', message: 'The headers of the request are too large.' };
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT')
    return { status: 408, code: 'request.malformed', message: 'The request did not arrive to its end in time.' };
  return { status: 400, code: 'request.malformed', message: 'The request is no HTTP that can be read.' };
}
