import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Answering {
  readonly endpoint: string;
  /** How many requests came. */
  readonly requests: () => number;
  stop(): void;
}

/** A server on loopback, at a free port, that answers every request with success and this body, whatever was asked. */
export async function answering(body: string, contentType = 'application/json'): Promise<Answering> {
  let requests = 0;
  const server = createServer((request, response) => {
    request.resume().on('end', () => {
      requests += 1;
      response.writeHead(200, { 'content-type': contentType }).end(body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    endpoint: `http://127.0.0.1:${port}`,
    requests: () => requests,
    stop() {
      server.close();
      server.closeAllConnections();
    },
  };
}
