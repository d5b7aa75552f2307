import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';

const run = promisify(execFile);
const DEMO = 'packages/local/src/demo.ts';

describe('the demonstration', () => {
  it('prints one JSON object, with one read of the status table by the wave', async () => {
    const { stdout } = await run(process.execPath, [DEMO, '--servers', '4', '--profile', 'instant', '--json']);

    expect(JSON.parse(stdout)).toEqual({
      servers: 4,
      profile: 'instant',
      seed: 1,
      preApply: { ms: expect.any(Number), ready: 4, failed: 0, awsCalls: { reads: expect.any(Number), writes: 12 } },
      wave: { path: 'fast', ms: expect.any(Number), tableReads: 1, startRecoveryCalls: 1 },
      runtimeApply: { ms: expect.any(Number) },
      reductionPercent: expect.any(Number),
      floorMs: 0,
    });
  });

  it('refuses options that are not allowed, naming what is', async () => {
    const refused = run(process.execPath, [DEMO, '--servers', 'many']);

    await expect(refused).rejects.toMatchObject({ stderr: expect.stringContaining('whole numbers from 1 to 3000') });
  });
});
