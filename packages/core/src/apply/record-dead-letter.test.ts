import { describe, expect, it } from 'vitest';
import { applyRequest, readyServer, sourceServer, statusError } from '../../../../tests/support/builders.ts';
import { memoryWorld } from '../../../../tests/support/memory-world.ts';
import { recordDeadLetter } from './record-dead-letter.ts';

describe('recordDeadLetter', () => {
  it.each([
    ['aws.throttled', 'pending'],
    ['aws.unavailable', 'pending'],
    ['apply.read_back_mismatch', 'failed'],
    ['apply.unexpected', 'failed'],
  ])('records what last kept a server from being applied: with %s it is %s', async (code, status) => {
    const world = memoryWorld();
    const lastError = statusError({ code, awsCode: 'ThrottlingException', message: 'slow down' });
    await world.put(sourceServer({ lastError, dirty: true }));

    expect(await recordDeadLetter(applyRequest(), world)).toEqual({ kind: 'recorded' });

    const error = {
      code: 'apply.exhausted',
      awsCode: 'ThrottlingException',
      message: expect.stringContaining('slow down'),
    };
    expect(await world.server()).toMatchObject({ status, errors: [error], dirty: true });
    expect(world.events.published).toMatchObject([
      { type: 'Launch Config Apply Failed', detail: { data: { errors: [error] } } },
    ]);
  });

  it('says so when no attempt left a reason', async () => {
    const world = memoryWorld();
    await world.put(sourceServer());
    await recordDeadLetter(applyRequest(), world);
    expect((await world.server()).errors).toMatchObject([
      { message: expect.stringContaining('no attempt left a reason') },
    ]);
  });

  it('tells again when repeated, and writes nothing', async () => {
    const world = memoryWorld();
    await world.put(sourceServer());
    await recordDeadLetter(applyRequest(), world);
    const before = await world.server();
    expect(await recordDeadLetter(applyRequest(), world)).toEqual({ kind: 'recorded' });
    expect(await world.server()).toEqual(before);
    expect(world.events.published).toHaveLength(2);
  });

  it.each([
    ['ready', readyServer()],
    ['not configured', sourceServer({ status: 'not_configured' })],
    ['of another group by now', sourceServer({ groupId: 'other' })],
  ])('leaves a server alone that is %s', async (_what, server) => {
    const world = memoryWorld();
    await world.put(server);
    const before = await world.server();
    expect(await recordDeadLetter(applyRequest(), world)).toEqual({ kind: 'not_wanted' });
    expect(await world.server()).toEqual(before);
    expect(world.events.published).toEqual([]);
  });

  it('does nothing for a server that nobody knows', async () => {
    expect(await recordDeadLetter(applyRequest(), memoryWorld())).toEqual({ kind: 'not_wanted' });
  });
});
