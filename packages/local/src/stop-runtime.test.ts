import { execFile } from 'node:child_process';
import { access, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { DynamoDBClient, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { describe, expect, it, vi } from 'vitest';
import { startTestRuntime } from './testing/start-test-runtime.ts';

const run = promisify(execFile);

const THINGS = 'prelaunch-local-Things';

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

describe('stopping the runtime', () => {
  it('leaves nothing open, so that the process ends by itself', async () => {
    const script = join(import.meta.dirname, 'testing/start-and-stop.ts');
    const { stdout } = await run(process.execPath, [script], { timeout: 30_000 });
    const { stopped, pids } = JSON.parse(stdout);
    expect(stopped).toBe(true);
    expect(pids.length).toBeGreaterThan(0);
    expect(pids.filter(isRunning)).toEqual([]);
  });

  it('ends what is in flight within a short while', async () => {
    const { runtime, stop } = await startTestRuntime();
    const running = runtime.invoke('misbehave', { how: 'hang' });
    await vi.waitUntil(() => runtime.environments.list().some(({ state }) => state === 'busy'), { timeout: 10_000 });
    await stop();
    expect(await running).toMatchObject({ kind: 'failed' });
    expect(await runtime.invoke('echo', {})).toMatchObject({ kind: 'failed', error: { errorType: 'Runtime.Stopped' } });
  });

  it('keeps tables in the data directory, and finds them again', async () => {
    const dataDirectory = await mkdtemp(join(tmpdir(), 'prelaunch-data-'));
    const first = await startTestRuntime({ dataDirectory });
    const Item = { id: { S: 'kept' } };
    await new DynamoDBClient(first.client).send(new PutItemCommand({ TableName: THINGS, Item }));
    await first.stop();
    await access(join(dataDirectory, 'dynamodb'));

    const second = await startTestRuntime({ dataDirectory });
    const found = await new DynamoDBClient(second.client).send(new GetItemCommand({ TableName: THINGS, Key: Item }));
    expect(found.Item).toEqual(Item);
    await second.stop();
    await rm(dataDirectory, { recursive: true });
  });

  it('cleans up when starting fails half way', async () => {
    const entry = {
      entry: 'missing.ts',
      timeoutSeconds: 1,
      memoryMb: 128,
      uses: { tables: [], queues: [], bus: false, targetAccounts: [], recovery: false, access: false, drift: false },
    } as const;
    const { smallTopology } = await import('./testing/small-topology.ts');
    const topology = { ...smallTopology, functions: { ...smallTopology.functions, missing: entry } };
    await expect(startTestRuntime({ topology })).rejects.toThrow('missing.ts');
  });
});

describe('schedules', () => {
  it('can be fired now', async () => {
    const { runtime, stop } = await startTestRuntime();
    const outcome = await runtime.fireSchedule('echo');
    expect(outcome.kind === 'answered' && JSON.parse(outcome.payload).event).toMatchObject({
      source: 'aws.scheduler',
      'detail-type': 'Scheduled Event',
      detail: '{}',
      resources: ['arn:aws:scheduler:us-east-1:111111111111:schedule/default/prelaunch-local-echo'],
    });
    await expect(runtime.fireSchedule('missing')).rejects.toThrow('no schedule "missing"');
    await stop();
  });
});
