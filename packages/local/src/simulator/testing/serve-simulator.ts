import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { DrsClient } from '@aws-sdk/client-drs';
import { EC2Client } from '@aws-sdk/client-ec2';
import { IAMClient } from '@aws-sdk/client-iam';
import { STSClient } from '@aws-sdk/client-sts';
import type { SimulatedEvent, Simulator, SimulatorOptions, SimulatorRequest } from '../create-simulator.ts';
import { createSimulator } from '../create-simulator.ts';

export const HOME = '111111111111';
export const REGION = 'eu-west-1';

interface Keys {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken?: string;
}

interface Clients {
  drs: DrsClient;
  ec2: EC2Client;
  iam: IAMClient;
  sts: STSClient;
}

/** A simulator behind HTTP on loopback with a clock that tests move, and real SDK clients that reach it. */
export interface ServedSimulator extends Clients {
  simulator: Simulator;
  clock: { at: number };
  events: SimulatedEvent[];
  clientsFor(credentials: Keys, region?: string, maxAttempts?: number): Clients;
  close(): void;
}

export async function serveSimulator(options: Partial<SimulatorOptions> = {}): Promise<ServedSimulator> {
  const clock = { at: Date.now() };
  const events: SimulatedEvent[] = [];
  const simulator = createSimulator({
    seed: 7,
    profile: 'instant',
    homeAccountId: HOME,
    emit: (event) => events.push(event),
    now: () => clock.at,
    ...options,
  });
  const server = await listening(simulator);
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const clientsFor = (credentials: Keys, region = REGION, maxAttempts = 1): Clients => {
    const settings = { endpoint, region, credentials, maxAttempts };
    return {
      drs: new DrsClient(settings),
      ec2: new EC2Client(settings),
      iam: new IAMClient(settings),
      sts: new STSClient(settings),
    };
  };
  const clients = clientsFor({ accessKeyId: 'AKIALOCAL', secretAccessKey: 'local' });
  return { simulator, clock, events, ...clients, clientsFor, close: () => server.close() };
}

async function listening(simulator: Simulator): Promise<Server> {
  const server = createServer((incoming, response) => {
    void requestOf(incoming)
      .then((request) => simulator.handle(request))
      .then(({ status, headers, body }) => response.writeHead(status, headers).end(body))
      .catch(() => incoming.socket.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

async function requestOf(incoming: IncomingMessage): Promise<SimulatorRequest> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  const [, accessKeyId = '', region = '', service = ''] =
    /Credential=([^/]+)\/\d+\/([^/]+)\/([^/]+)\//.exec(incoming.headers.authorization ?? '') ?? [];
  const headers = Object.fromEntries(Object.entries(incoming.headers).map(([name, value]) => [name, String(value)]));
  return {
    service: service as SimulatorRequest['service'],
    region,
    accessKeyId,
    sessionToken: headers['x-amz-security-token'],
    method: incoming.method ?? '',
    path: incoming.url ?? '',
    headers,
    body: Buffer.concat(chunks).toString(),
  };
}
