import type { IncomingHttpHeaders } from 'node:http';
import type { Service } from './endpoint/service.ts';
import type { Simulator } from './simulator/create-simulator.ts';

export const SIMULATED_SERVICES = ['drs', 'ec2', 'iam', 'sts'] as const;
type SimulatedService = (typeof SIMULATED_SERVICES)[number];

/** Puts one service of the simulator behind the endpoint. */
export function simulatedService(service: SimulatedService, simulator: Simulator): Service {
  return ({ region, accessKeyId, method, url, headers, body }, record) => {
    record(actionOf(service, url, body), []);
    return simulator.handle({
      service,
      region,
      accessKeyId,
      sessionToken: headers['x-amz-security-token']?.toString(),
      method,
      path: url,
      headers: singleHeaders(headers),
      body,
    });
  };
}

/** DRS names its operation in the path, the others in the form. */
function actionOf(service: SimulatedService, url: string, body: string): string {
  if (service === 'drs') return url.split('?')[0]?.slice(1) ?? '';
  return /(?:^|&)Action=(\w+)/.exec(body)?.[1] ?? '';
}

function singleHeaders(headers: IncomingHttpHeaders): Record<string, string | undefined> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : value]),
  );
}
