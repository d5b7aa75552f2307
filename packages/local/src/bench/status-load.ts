import { Agent, request } from 'node:http';
import { createHistogram } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';

export interface Load {
  readonly url: string;
  readonly authorization: string;
  readonly requestsPerSecond: number;
  readonly seconds: number;
}

export interface LoadResult {
  readonly requests: number;
  /** Answers other than 200. */
  readonly failed: number;
  /** Milliseconds from when a request was due until its answer was there. */
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}

const MICROSECONDS = 1000;

/**
 * Sends requests at a steady rate, whether or not earlier ones were answered, as many callers do. A request that could not be sent
 * in time counts from when it was due.
 */
export async function runLoad({ url, authorization, requestsPerSecond, seconds }: Load): Promise<LoadResult> {
  const agent = new Agent({ keepAlive: true });
  const latencies = createHistogram();
  const requests = requestsPerSecond * seconds;
  const began = performance.now();
  let failed = 0;
  const answered: Promise<void>[] = [];
  for (let index = 0; index < requests; index += 1) {
    const due = began + (index * 1000) / requestsPerSecond;
    const wait = due - performance.now();
    if (wait > 0) await sleep(wait);
    const answer = statusOf(url, authorization, agent).then((status) => {
      if (status !== 200) failed += 1;
      latencies.record(Math.max(1, Math.round((performance.now() - due) * MICROSECONDS)));
    });
    answered.push(answer);
  }
  await Promise.all(answered);
  agent.destroy();
  const at = (percent: number) => latencies.percentile(percent) / MICROSECONDS;
  return { requests, failed, p50Ms: at(50), p99Ms: at(99), maxMs: latencies.max / MICROSECONDS };
}

/** 0 where there was no answer. */
function statusOf(url: string, authorization: string, agent: Agent): Promise<number> {
  return new Promise((resolve) => {
    const sent = request(url, { agent, headers: { authorization } }, (response) => {
      response.resume().once('end', () => resolve(response.statusCode ?? 0));
    });
    sent.once('error', () => resolve(0)).end();
  });
}
