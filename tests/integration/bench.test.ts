import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';

const run = promisify(execFile);
const bench = (...options: string[]) => run(process.execPath, ['tests/bench/bench.ts', ...options]);

describe('the benchmarks', () => {
  it('lists them when it is not told which', async () => {
    const { stdout } = await bench();

    expect(stdout).toMatch(/Commands:\s+apply [\s\S]+ api [\s\S]+ resolve /);
  });

  it('measures applies and prints one JSON document', async () => {
    const { stdout, stderr } = await bench('apply', '--servers', '3', '--profile', 'instant', '--json');

    expect(JSON.parse(stdout)).toEqual({ rows: [instantRow(3)] });
    expect(stderr).toContain('warmed up');
  });

  it('measures status reads and the cold start of what answers them', async () => {
    const load = ['--servers', '1', '--requests-per-second', '20', '--seconds', '1', '--profile', 'instant'];
    const { stdout } = await bench('api', ...load, '--json');

    expect(JSON.parse(stdout)).toEqual({
      coldStart: { bundleBytes: expect.any(Number), initMs: expect.any(Number) },
      statusRead: {
        requests: 20,
        failed: 0,
        p50Ms: expect.any(Number),
        p99Ms: expect.any(Number),
        maxMs: expect.any(Number),
      },
    });
  });

  it('measures resolutions and a publish plan, with one read of the catalogue', async () => {
    const { stdout } = await bench('resolve', '--servers', '200', '--profile', 'instant', '--json');

    expect(JSON.parse(stdout)).toEqual({
      resolvesPerSecond: expect.any(Number),
      planServers: 200,
      planMs: expect.any(Number),
      changedServers: 200,
      catalogueReads: 1,
    });
  });

  it('tells people without --json', async () => {
    const { stdout } = await bench('apply', '--servers', '1', '--profile', 'instant');

    expect(stdout).toMatch(/servers .* writes\/server .*\n +1 +1 +0 +\d\.\d\d s/);
  });

  it.each([
    ['a size that is too large', ['--servers', '10,3001'], 'whole numbers from 1 to 3000'],
    ['a size that is missing', ['--servers', '10,'], 'whole numbers from 1 to 3000'],
    ['an unknown profile', ['--profile', 'fast'], 'instant, typical, pessimistic'],
    ['a seed that is none', ['--seed', 'x'], 'whole numbers from 0'],
    ['what it does not know', ['everything'], 'too many arguments'],
  ])('refuses %s, naming what is allowed', async (_what, options, allowed) => {
    await expect(bench('apply', ...options)).rejects.toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringContaining(allowed),
    });
  });
});

/** Every setting differs the first time, so each server takes three writes; nothing differs the second time. */
function instantRow(servers: number) {
  return {
    servers,
    profile: 'instant',
    ms: expect.any(Number),
    floorMs: 0,
    ratioToFloor: null,
    awsCalls: { reads: expect.any(Number), writes: 3 * servers },
    throttled: 0,
    ready: servers,
    failed: 0,
    errorCodes: [],
    again: { ms: expect.any(Number), reads: expect.any(Number), writes: 0 },
  };
}
