import type { IncomingMessage } from 'node:http';

/** What API Gateway takes. */
export const BODY_BYTES_MAX = 10 * 1024 * 1024;

const EMPTY = Buffer.alloc(0);

/** The whole body; undefined when it is too large. Rejects when the client goes away before its end. */
export function readBody(request: IncomingMessage): Promise<Buffer | undefined> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let length = 0;
    // What is too large is read to its end all the same: clients that are cut off while they write do not read the answer.
    request.on('data', (chunk: Buffer) => {
      length += chunk.length;
      if (length <= BODY_BYTES_MAX) chunks.push(chunk);
      else chunks.length = 0;
    });
    request.on('end', () => {
      if (length > BODY_BYTES_MAX) resolve(undefined);
      else resolve(chunks.length > 1 ? Buffer.concat(chunks, length) : (chunks[0] ?? EMPTY));
    });
    request.on('error', reject);
  });
}
