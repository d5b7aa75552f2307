import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Runtime } from '../runtime.ts';
import { type RuntimeOptions, startRuntime } from '../start-runtime.ts';
import { fixtureFunctionRoot, smallTopology } from './small-topology.ts';

export interface TestRuntime {
  readonly runtime: Runtime;
  readonly folder: string;
  /** What every SDK client of a test needs. */
  readonly client: {
    readonly endpoint: string;
    readonly region: string;
    readonly credentials: Runtime['credentials'];
    readonly maxAttempts: number;
  };
  stop(): Promise<void>;
}

/** Starts the small topology with fixture functions; files go to a folder that disappears with it. */
export async function startTestRuntime(options: Partial<RuntimeOptions> = {}): Promise<TestRuntime> {
  const folder = await mkdtemp(join(tmpdir(), 'prelaunch-test-'));
  const runtime = await startRuntime({
    port: 0,
    seed: 1,
    profile: 'instant',
    logDirectory: join(folder, 'logs'),
    topology: smallTopology,
    functionRoot: fixtureFunctionRoot,
    ...options,
  }).catch(async (error: unknown) => {
    await rm(folder, { recursive: true, force: true });
    throw error;
  });
  const { endpoint, region, credentials } = runtime;
  return {
    runtime,
    folder,
    client: { endpoint, region, credentials, maxAttempts: 1 },
    async stop() {
      await runtime.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
