import { describe, expect, it } from 'vitest';
import { readyServer, serverId, sourceServer, statusError } from '../../../../tests/support/builders.ts';
import { AT } from '../../../../tests/support/clock.ts';
import { memoryWorld } from '../../../../tests/support/memory-world.ts';
import { isReady, type SourceServer } from '../group/source-server.ts';
import { type GivenUp, giveBack } from './give-back.ts';

const UNTIL = Date.parse(AT) + 10_000;
const own = { lease: { owner: 'me', until: UNTIL }, dirty: true } as const;
const others = { lease: { owner: 'another', until: UNTIL }, dirty: true } as const;

async function givenBack(server: SourceServer | undefined, stated: Partial<GivenUp> = {}) {
  const world = memoryWorld({ servers: 1 });
  if (server) await world.put(server);
  await giveBack({ serverId: serverId(1), owner: 'me', unanswered: false, ...stated }, world);
  return { world, told: world.events.published.map(({ type }) => type) };
}

describe('giveBack', () => {
  it('ends this worker’s lease, keeps the mark, and notes why and a permit that was not used', async () => {
    const lastError = statusError();
    const { world, told } = await givenBack(sourceServer(own), { lastError, permit: { from: UNTIL } });
    const server = await world.server();
    expect(server).toMatchObject({ status: 'pending', dirty: true, lastError, permit: { from: UNTIL } });
    expect(server).not.toHaveProperty('lease');
    expect(told).toEqual([]);
  });

  it('lets the lease run out after a request without an answer, and keeps no permit beside it', async () => {
    const { world } = await givenBack(sourceServer(own), { unanswered: true, permit: { from: UNTIL } });
    const server = await world.server();
    expect(server).toMatchObject({ ...own, status: 'pending' });
    expect(server).not.toHaveProperty('permit');
  });

  it('leaves the lease to another worker that has it, whose result it only marks as doubtful', async () => {
    const { world, told } = await givenBack(sourceServer(others), { permit: { from: UNTIL } });
    const server = await world.server();
    expect(server).toMatchObject({ ...others, status: 'pending' });
    expect(server).not.toHaveProperty('permit');
    expect(told).toEqual([]);
  });

  it('takes back what another worker has recorded as ready meanwhile, and tells', async () => {
    const { world, told } = await givenBack(readyServer());
    const server = await world.server();
    expect(server).toMatchObject({ status: 'pending', dirty: true });
    expect(isReady(server)).toBe(false);
    expect(told).toEqual(['Launch Config Apply Failed']);
  });

  it('leaves a recorded failure a failure', async () => {
    const { world, told } = await givenBack(sourceServer({ status: 'failed', errors: [statusError()] }));
    expect(await world.server()).toMatchObject({ status: 'failed', errors: [statusError()], dirty: true });
    expect(told).toEqual([]);
  });

  it('has nothing to do for a server that is gone', async () => {
    const { told } = await givenBack(undefined);
    expect(told).toEqual([]);
  });
});
