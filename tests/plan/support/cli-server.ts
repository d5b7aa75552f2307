import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { type BuildRequest, bundleHandler } from './bundle-handler.ts';

export interface CliServer {
  readonly url: string;
  readonly close: () => void;
}

/** Stands in for the SST CLI, which components call over HTTP while they are constructed. It answers the two calls they make here. */
export async function startCliServer(work: string): Promise<CliServer> {
  const server = createServer(async (request, response) => {
    const reply = await answer(await text(request), work).catch((error: unknown) => ({ error: messageOf(error) }));
    response.setHeader('connection', 'close').end(JSON.stringify(reply));
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  return { url: `http://127.0.0.1:${portOf(server)}`, close: () => server.close() };
}

async function answer(body: string, work: string): Promise<{ result: unknown } | { error: string }> {
  const { method, params }: { method: string; params: [BuildRequest] } = JSON.parse(body);
  switch (method) {
    case 'Provider.Aws.Bootstrap':
      return { result: { asset: 'sst-asset', state: 'sst-state', assetEcrRegistryId: '', assetEcrUrl: '' } };
    case 'Runtime.Build':
      return { result: await bundleHandler(work, params[0]) };
    default:
      return { error: `The rendering does not answer ${method}` };
  }
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
