import { rm } from 'node:fs/promises';
import { clientsOf } from '../demo/clients.ts';
import { changeOf, publishChange } from '../demo/demo-group.ts';
import { settledGroup } from '../demo/group-item.ts';
import { startDemoRuntime } from '../demo/start-demo-runtime.ts';
import type { LatencyProfileName } from '../simulator/latency-profiles.ts';
import { type ColdStart, measureColdStart } from './cold-start.ts';
import { type LoadResult, runLoad } from './status-load.ts';

export interface ApiMeasurement {
  readonly servers: number;
  readonly requestsPerSecond: number;
  readonly seconds: number;
  readonly profile: LatencyProfileName;
  readonly seed: number;
}

export interface ApiFigures {
  readonly coldStart: ColdStart;
  readonly statusRead: LoadResult;
}

const GROUP_ID = 'pg-bench';
/** So many environments are warmed up, for so many seconds of the load each: code takes some thousand requests to become fast. */
const WARM_UP = { connections: 3, seconds: 10 };

/** Reads the status of a ready group over HTTP, as somebody with a token, at a steady rate; and starts the function behind it anew. */
export async function measureApi(options: ApiMeasurement): Promise<ApiFigures> {
  const { servers, requestsPerSecond, seconds, profile, seed } = options;
  const { runtime, fleet, logDirectory } = await startDemoRuntime({ servers, profile, seed, port: 0 });
  try {
    const { accountId, region, api } = runtime;
    const clients = clientsOf(runtime);
    const group = { groupId: GROUP_ID, accountId, region, serverIds: fleet.grouped, revision: 1 };
    await publishChange(clients, changeOf(group));
    await settledGroup(clients, { groupId: GROUP_ID, revision: 1 }, () => undefined);

    const coldStart = await measureColdStart(runtime.environments.specOf('api'));
    const url = `${api.url}/protection-groups/${GROUP_ID}/launch-config-status`;
    const authorization = `Bearer ${await api.issuer.token({ groups: ['prelaunch-viewer'] })}`;
    await Promise.all(
      Array.from({ length: WARM_UP.connections }, () =>
        askAgainAndAgain(url, authorization, requestsPerSecond * WARM_UP.seconds),
      ),
    );
    const statusRead = await runLoad({ url, authorization, requestsPerSecond, seconds });
    return { coldStart, statusRead };
  } finally {
    await runtime.stop();
    await rm(logDirectory, { recursive: true });
  }
}

async function askAgainAndAgain(url: string, authorization: string, times: number): Promise<void> {
  for (let request = 0; request < times; request += 1)
    await (await fetch(url, { headers: { authorization } })).arrayBuffer();
}
