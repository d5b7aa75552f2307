import type { SimulatedService } from './latency-profiles.ts';

/** One AWS request as it came over HTTP, with what its signature says about service, Region and key. */
export interface SimulatorRequest {
  service: SimulatedService;
  region: string;
  accessKeyId: string;
  sessionToken?: string | undefined;
  method: string;
  /** Path with its query string. */
  path: string;
  headers: Record<string, string | undefined>;
  body: string;
}

export interface SimulatorResponse {
  status: number;
  headers: Record<string, string>;
  body: string;
}
