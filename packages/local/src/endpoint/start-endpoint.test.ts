import { afterEach, describe, expect, it, vi } from 'vitest';
import { createRequestLedger } from './request-ledger.ts';
import type { Service } from './service.ts';
import { type Endpoint, startEndpoint } from './start-endpoint.ts';

class Lost extends Error {}

let endpoint: Endpoint | undefined;

afterEach(async () => {
  await endpoint?.stop();
  vi.restoreAllMocks();
});

async function ask(name: string, service: Service, body: string) {
  endpoint = await startEndpoint({
    host: '127.0.0.1',
    port: 0,
    services: new Map([[name, service]]),
    ledger: createRequestLedger(),
    describe: () => ({}),
    isConnectionLost: (error) => error instanceof Lost,
  });
  const authorization = `AWS4-HMAC-SHA256 Credential=KEY/20260101/eu-west-1/${name}/aws4_request, SignedHeaders=a, Signature=b`;
  return fetch(`${endpoint.url}/path?a=b`, { method: 'POST', headers: { authorization }, body });
}

describe('startEndpoint', () => {
  it('hands the whole request to the service of its credential scope', async () => {
    const echo: Service = async ({ headers: _headers, ...request }) => ({
      status: 200,
      headers: {},
      body: JSON.stringify(request),
    });
    const response = await ask('sqs', echo, '{"ü":1}');
    expect(await response.json()).toEqual({
      accessKeyId: 'KEY',
      region: 'eu-west-1',
      service: 'sqs',
      method: 'POST',
      url: '/path?a=b',
      body: '{"ü":1}',
    });
  });

  it('answers a defect as an internal failure, in the protocol of the service', async () => {
    vi.spyOn(console, 'error').mockReturnValue();
    const defect = () => Promise.reject(new Error('a < b'));
    expect(await (await ask('dynamodb', defect, '{}')).json()).toEqual({
      __type: 'InternalFailure',
      message: 'Error: a < b',
    });
    await endpoint?.stop();
    const response = await ask('ec2', defect, '');
    expect(response.status).toBe(500);
    expect(await response.text()).toContain('<Code>InternalFailure</Code><Message>Error: a &lt; b</Message>');
  });

  it('cuts the connection when that is what a service asks for', async () => {
    await expect(ask('drs', () => Promise.reject(new Lost()), '{}')).rejects.toThrow('fetch failed');
  });

  it('refuses bodies that are too large', async () => {
    const response = await ask(
      'dynamodb',
      () => Promise.reject(new Error('not reached')),
      'x'.repeat(17 * 1024 * 1024),
    );
    expect(response.status).toBe(413);
  });
});
