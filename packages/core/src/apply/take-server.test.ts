import { memoryRateBudgets } from '@prelaunch/memory/memory-rate-budgets';
import { describe, expect, it } from 'vitest';
import {
  applied,
  applyRequest,
  desired,
  GROUP_ID,
  launchSettings,
  serverId,
  serverIds,
  sourceServer,
  TARGET,
} from '../../../../tests/support/builders.ts';
import { AT } from '../../../../tests/support/clock.ts';
import { memoryWorld } from '../../../../tests/support/memory-world.ts';
import { type Interference, recordingAws } from '../../../../tests/support/recording.ts';
import { isReady, released, type SourceServer } from '../group/source-server.ts';
import { applyServer } from './apply-server.ts';
import { AwsCallError } from './ports.ts';
import { RateBudgetError, type RateBudgets, type RateClass } from './rate-budgets.ts';

const START = Date.parse(AT);
const PERMIT_LIFE_MS = 20_000;
/** When the first turn is that has to be waited for: a fifth of a second for its token, and the leeway. */
const FIRST_TURN_MS = 2_200;

interface Stated {
  readonly servers?: readonly SourceServer[];
  readonly before?: Interference;
  readonly after?: Interference;
}

/** An account with EC2's rates, whose calls and tokens are recorded; servers are pending and never read back, unless told otherwise. */
async function account({ servers = [sourceServer()], ...interference }: Stated = {}) {
  const world = memoryWorld({ servers: servers.length });
  await world.put(...servers);
  const aws = recordingAws(world, interference);
  const buckets = memoryRateBudgets(world.clock.now);
  const tokens: RateClass[] = [];
  const budgets: RateBudgets = {
    take(target, rateClass, count) {
      for (let token = 0; token < count; token += 1) tokens.push(rateClass);
      return buckets.take(target, rateClass, count);
    },
  };
  const work = (id = serverId(1)) => applyServer(applyRequest({ serverId: id }), { ...world, ...aws, budgets });
  return {
    world,
    aws,
    work,
    /** Takes so many writes of templates from the account, as others do. */
    async useUp(writes: number) {
      await buckets.take(TARGET, 'CreateLaunchTemplateVersion', writes);
      await buckets.take(TARGET, 'ModifyLaunchTemplate', writes);
    },
    /** Works, and answers until when it has to wait. Throws when it need not. */
    async waits(id = serverId(1)): Promise<number> {
      const outcome = await work(id).catch((error: unknown) => error);
      if (!(outcome instanceof RateBudgetError)) throw new Error(`no wait: ${JSON.stringify(outcome)}`);
      return outcome.until;
    },
    turns: () => tokens.filter((rateClass) => rateClass === 'CreateLaunchTemplateVersion').length,
    tokens,
    goTo: (ms: number) => world.clock.advance(START + ms - world.clock.now().getTime()),
  };
}

const awsError = (kind: 'throttled' | 'unavailable', answered: boolean) =>
  new AwsCallError({ kind, operation: 'Call', awsCode: kind, message: 'no', answered, cause: undefined });

describe('two hundred and fifty servers of one account', () => {
  const ids = serverIds(250);
  const servers = ids.map((id) => sourceServer({ serverId: id }));

  it('are worked on within EC2’s rates: a burst at once, the others in turn, each exactly when its permit is due', async () => {
    const { world, aws, work, waits, tokens, goTo } = await account({ servers });
    const waiting = new Map<string, number>();
    for (const id of ids) {
      const calls = aws.calls.length;
      const outcome = await work(id).catch((error: unknown) => error);
      if (!(outcome instanceof RateBudgetError)) {
        expect(outcome).toMatchObject({ kind: 'applied' });
        continue;
      }
      waiting.set(id, outcome.until);
      // Nothing was asked of AWS on its account.
      expect(aws.calls.length).toBe(calls);
    }
    expect([...waiting.keys()]).toEqual(ids.slice(100));
    expect([...waiting.values()]).toEqual(ids.slice(100).map((_, index) => START + FIRST_TURN_MS + index * 200));

    for (const [id, until] of waiting) {
      goTo(until - START - 1);
      expect(await waits(id)).toBe(until);
      expect(await world.server(id)).not.toHaveProperty('lease');
      goTo(until - START);
      expect(await work(id)).toMatchObject({ kind: 'applied' });
    }
    expect(tokens).toHaveLength(2 * 250);
    for (const id of ids) expect(isReady(await world.server(id))).toBe(true);
  });
});

describe('a server that waits for its turn', () => {
  it('keeps its permit, holds no lease, is not marked, and has nothing that keeps it from being applied', async () => {
    const { world, waits, useUp } = await account();
    await useUp(100);
    expect(await waits()).toBe(START + FIRST_TURN_MS);
    const server = await world.server();
    expect(server).toMatchObject({
      status: 'pending',
      permit: { from: START + FIRST_TURN_MS },
      dirty: false,
      errors: [],
    });
    expect(server).not.toHaveProperty('lease');
    expect(server).not.toHaveProperty('lastError');
    expect(world.events.published).toEqual([]);
  });

  it('waits for the same time when a duplicate comes early, which takes no token, writes nothing and asks nothing', async () => {
    const { world, aws, waits, turns, useUp, goTo } = await account();
    await useUp(105);
    const until = await waits();
    const before = await world.server();
    for (const ms of [0, 1, 500, 1199]) {
      goTo(ms);
      expect(await waits()).toBe(until);
    }
    expect(await world.server()).toEqual(before);
    expect([turns(), aws.calls]).toEqual([1, []]);
  });

  it.each([
    ['just in time', PERMIT_LIFE_MS - 1, 1],
    ['too late', PERMIT_LIFE_MS, 2],
  ])('comes back %s: %d ms after its permit was due it has reserved %d turns', async (_when, late, reserved) => {
    const { world, waits, work, turns, useUp, goTo } = await account();
    await useUp(100);
    await waits();
    goTo(FIRST_TURN_MS + late);
    expect(await work()).toMatchObject({ kind: 'applied' });
    expect(turns()).toBe(reserved);
    expect(await world.server()).not.toHaveProperty('permit');
  });

  it('goes to the end of the line with an expired permit when others have used up the rate', async () => {
    const { waits, useUp, goTo } = await account();
    await useUp(100);
    await waits();
    goTo(FIRST_TURN_MS + PERMIT_LIFE_MS);
    await useUp(150);
    expect(await waits()).toBeGreaterThan(START + FIRST_TURN_MS + PERMIT_LIFE_MS);
  });

  it('loses its permit with its group', () => {
    const server = sourceServer({ permit: { from: START } });
    expect(released(server, { groupId: GROUP_ID, generation: 2 }, AT)).not.toHaveProperty('permit');
  });
});

describe('a permit', () => {
  it('is used for one write only: who differs again takes another', async () => {
    const { world, work, turns } = await account();
    await work();
    expect(turns()).toBe(1);
    await world.put({ ...(await world.server()), desired: desired({ instanceType: 't3.micro' }), status: 'pending' });
    await work();
    expect(turns()).toBe(2);
  });

  it('passes to the worker that takes the lease, so that whoever takes over from a dead one has none', async () => {
    const seen: SourceServer[] = [];
    const look = async () => void seen.push(await world.server());
    const { world, work } = await account({ before: { get: () => look() } });
    await world.put({ ...(await world.server()), permit: { from: START } });
    await work();
    expect(seen[0]).toHaveProperty('lease');
    expect(seen[0]).not.toHaveProperty('permit');
  });

  it('is not used by a worker that read it and lost the server to another one, which has used it since', async () => {
    const { world, work, turns } = await account({ servers: [sourceServer({ permit: { from: START } })] });
    const { save } = world.servers;
    let isBeaten = true;
    Object.assign(world.servers, {
      async save(server: SourceServer) {
        if (!isBeaten) return save(server);
        isBeaten = false;
        // The other one has written the template when it finds that something else is desired by now.
        const { permit: _used, ...others } = await world.server();
        await world.put({ ...others, dirty: true });
        return save(server);
      },
    });
    expect(await work()).toMatchObject({ kind: 'applied' });
    expect(turns()).toBe(1);
  });

  it('is kept when the attempt failed before it was used, and serves the next one', async () => {
    const fail = ({ nth }: { nth: number }) =>
      nth === 1 ? Promise.reject(awsError('throttled', true)) : Promise.resolve();
    const { world, work, turns } = await account({ before: { getDefault: fail } });
    await expect(work()).rejects.toMatchObject({ code: 'aws.throttled' });
    const { permit, lastError } = await world.server();
    expect([permit, lastError?.code]).toEqual([{ from: expect.any(Number) }, 'aws.throttled']);
    expect(await work()).toMatchObject({ kind: 'applied' });
    expect(turns()).toBe(1);
  });

  it('is gone when the write it was used for failed', async () => {
    const fail = ({ nth }: { nth: number }) =>
      nth === 1 ? Promise.reject(awsError('throttled', true)) : Promise.resolve();
    const { world, work, turns } = await account({ before: { createVersion: fail } });
    await expect(work()).rejects.toMatchObject({ code: 'aws.throttled' });
    expect(await world.server()).not.toHaveProperty('permit');
    await work();
    expect(turns()).toBe(2);
  });

  it('is not kept beside the lease of an attempt that got no answer', async () => {
    const { world, work } = await account({
      before: { getDefault: () => Promise.reject(awsError('unavailable', false)) },
    });
    await expect(work()).rejects.toMatchObject({ code: 'aws.unavailable' });
    const server = await world.server();
    expect(server).toHaveProperty('lease');
    expect(server).not.toHaveProperty('permit');
  });
});

describe('a token', () => {
  const settings = launchSettings();

  it('is not taken for a server of which only DRS differs, though the rate is used up', async () => {
    const proof = applied({ ...settings, copyTags: false });
    const { world, aws, work, turns, useUp } = await account({ servers: [sourceServer({ applied: proof })] });
    world.aws.addServer(serverId(1), { settings: { copyTags: false }, template: { subnetId: 'subnet-0a1b2c3d' } });
    await useUp(200);
    expect(await work()).toMatchObject({ kind: 'applied' });
    expect([turns(), aws.writes()]).toEqual([0, ['update']]);
  });

  it('is not taken for a server with settings of DRS only', async () => {
    const { work, turns, useUp } = await account({ servers: [sourceServer({ desired: desired({ copyTags: true }) })] });
    await useUp(200);
    expect(await work()).toMatchObject({ kind: 'applied' });
    expect(turns()).toBe(0);
  });

  it('is taken late, by a server whose template was not known to differ: then it gives back its lease and waits', async () => {
    const { world, waits, work, turns, useUp, goTo } = await account({
      servers: [sourceServer({ applied: applied(settings) })],
    });
    await useUp(100);
    expect(await waits()).toBe(START + FIRST_TURN_MS);
    const server = await world.server();
    expect(server).toMatchObject({ dirty: true, permit: { from: START + FIRST_TURN_MS }, errors: [] });
    expect(server).not.toHaveProperty('lease');
    expect(server).not.toHaveProperty('lastError');
    goTo(FIRST_TURN_MS);
    expect(await work()).toMatchObject({ kind: 'applied' });
    expect(turns()).toBe(1);
  });

  it('is not taken while another worker has the server', async () => {
    const lease = { owner: 'another', until: START + 10_000 };
    const { work, turns } = await account({ servers: [sourceServer({ lease, dirty: true })] });
    await expect(work()).rejects.toMatchObject({ code: 'apply.lease_held' });
    expect(turns()).toBe(0);
  });

  it('is taken once, however often somebody else writes the item first', async () => {
    const { world, work, turns } = await account();
    let writes = 0;
    const { getMany } = world.servers;
    Object.assign(world.servers, {
      async getMany(ids: readonly string[]) {
        const found = await getMany(ids);
        writes += 1;
        if (writes <= 3) await world.put(...found.values());
        return found;
      },
    });
    expect(await work()).toMatchObject({ kind: 'applied' });
    expect(turns()).toBe(1);
  });
});

describe('a worker that goes round again', () => {
  /** Its settings move while it reads back, and by then the rate is used up. */
  async function movedMeanwhile() {
    const newest = launchSettings({ instanceType: 't3.micro', copyTags: false });
    const stage: Awaited<ReturnType<typeof account>> = await account({
      after: {
        getNumbers: async ({ nth }) => {
          if (nth > 1) return;
          stage.goTo(10_000);
          await stage.useUp(200);
          await stage.world.put({ ...(await stage.world.server()), desired: desired(newest) });
        },
      },
    });
    return stage;
  }

  it('waits for its turn without a lease and without asking AWS', async () => {
    const stage = await movedMeanwhile();
    await stage.waits();
    expect(stage.aws.writes()).toEqual(['update', 'createVersion', 'setDefault']);
    const server = await stage.world.server();
    expect(server).toMatchObject({ status: 'pending', dirty: true, permit: { from: expect.any(Number) } });
    expect(server).not.toHaveProperty('lease');
  });
});

describe('a server whose last worker died', () => {
  it('waits for its turn without that worker’s lease, so that the sweep leaves it alone', async () => {
    const lease = { owner: 'dead', until: START - 1 };
    const { world, waits, useUp } = await account({ servers: [sourceServer({ lease, dirty: true })] });
    await useUp(200);
    await waits();
    expect(await world.server()).not.toHaveProperty('lease');
  });
});
