import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  applyRequest,
  desired,
  readyServer,
  serverId,
  sourceServer,
  TARGET,
} from '../../../../tests/support/builders.ts';
import { memoryWorld } from '../../../../tests/support/memory-world.ts';
import { recordingAws } from '../../../../tests/support/recording.ts';
import { isReady } from '../group/source-server.ts';
import { applyServer } from './apply-server.ts';
import { pruneVersions } from './prune-versions.ts';

const SERVER = serverId(1);
const KEPT = 3;
/** Those that are kept, and those that may come until the next look. */
const OWN_VERSIONS_MAX = KEPT + 10;

async function stage(prune?: () => Promise<void>) {
  const world = memoryWorld({ servers: 1 });
  await world.put(sourceServer());
  const aws = recordingAws(world, prune ? { before: { prune } } : {});
  return {
    world,
    pruned: () => aws.calls.filter(({ name }) => name === 'prune').length,
    /** Wants other settings on both sides, or on DRS’s only, and applies them. */
    async applyAnother(n: number, side: 'both' | 'drs') {
      const type = side === 'both' ? n : 0;
      const settings = { name: `name ${n}`, instanceType: `t${type}.micro` };
      await world.put({ ...(await world.server()), desired: desired(settings), status: 'pending' });
      return applyServer(applyRequest(), { ...world, ...aws });
    },
  };
}

describe('pruneVersions', () => {
  it('keeps Prelaunch’s own versions few over many applies, deletes nobody else’s, and never the default', async () => {
    const sides = fc.array(fc.constantFrom('both' as const, 'drs' as const), { minLength: 60, maxLength: 60 });
    await fc.assert(
      fc.asyncProperty(sides, async (all) => {
        const { world, applyAnother, pruned } = await stage();
        const foreign: number[] = [];
        let looks = 0;
        for (const [n, side] of all.entries()) {
          foreign.push(world.aws.edit(SERVER, { unmanaged: { edit: String(n) } }));
          expect(await applyAnother(n + 1, side)).toMatchObject({ kind: 'applied' });
          const { own, all: kept } = world.aws.versions(SERVER);
          expect(own.length).toBeLessThanOrEqual(OWN_VERSIONS_MAX);
          if (pruned() > looks) expect(own.length).toBeLessThanOrEqual(KEPT);
          looks = pruned();
          const { launchTemplateId } = await world.aws.get(TARGET, SERVER);
          expect(kept).toContain((await world.aws.getNumbers(TARGET, launchTemplateId)).defaultVersion);
          expect(kept).toEqual(expect.arrayContaining(foreign));
        }
      }),
      { numRuns: 15 },
    );
  });

  it('looks for old versions once in ten versions only', async () => {
    const { world, pruned, applyAnother } = await stage();
    for (let n = 1; n <= 40; n += 1) await applyAnother(n, 'both');
    const { launchTemplateVersion = 0 } = (await world.server()).applied ?? {};
    expect(pruned()).toBe(Math.floor(launchTemplateVersion / 10));
  });

  it('does not undo an apply when it fails, says why, and catches up the next time', async () => {
    const failure = new Error('no');
    let fails = true;
    const { world, applyAnother } = await stage(() => (fails ? Promise.reject(failure) : Promise.resolve()));
    const failures: unknown[] = [];
    for (let n = 1; n <= 12; n += 1) {
      const outcome = await applyAnother(n, 'both');
      expect(outcome).toMatchObject({ kind: 'applied' });
      if (outcome.kind === 'applied' && 'pruneFailure' in outcome) failures.push(outcome.pruneFailure);
      expect(isReady(await world.server())).toBe(true);
    }
    expect(failures).toEqual([failure, failure]);
    fails = false;
    for (let n = 13; n <= 17; n += 1) await applyAnother(n, 'both');
    expect(world.aws.versions(SERVER).own.length).toBeLessThanOrEqual(OWN_VERSIONS_MAX);
  });

  it('starts anew with the versions of another template', async () => {
    const world = memoryWorld({ servers: 1 });
    const { launchTemplateId } = await world.aws.get(TARGET, SERVER);
    const aws = recordingAws(world);
    const applied = {
      hash: '',
      templateHash: '',
      hashVersion: 1,
      launchTemplateId,
      launchTemplateVersion: 12,
      verifiedAt: '',
    };
    const before = { launchTemplateId: 'lt-another', launchTemplateVersion: 19 };
    const wanted = { desired: desired(), ...TARGET };
    const server = { ...readyServer({ applied: { ...applied, ...before } }), ...wanted };
    await pruneVersions(server, { ...applied, live: {} }, aws);
    expect(aws.calls.map(({ name }) => name)).toEqual(['prune']);
  });
});
