import { describe, expect, it } from 'vitest';
import { applyRequest, readyServer, serverId, sourceServer, statusError } from '../../../../tests/support/builders.ts';
import { AT } from '../../../../tests/support/clock.ts';
import { memoryWorld } from '../../../../tests/support/memory-world.ts';
import { isExhausted, recordDeadLetter } from './record-dead-letter.ts';

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

  it('keeps everything that the last attempt knew: where, what, what AWS said, what to do', async () => {
    const world = memoryWorld();
    const lastError = statusError({
      ...{ code: 'apply.read_back_mismatch', path: 'instanceType', value: 't3.micro' },
      ...{ awsCode: 'Odd', remedy: 'find out who else writes', message: 'other values' },
    });
    await world.put(sourceServer({ lastError }));
    await recordDeadLetter(applyRequest(), world);
    const [error] = (await world.server()).errors;
    const message = 'every attempt to apply the settings failed: other values';
    expect(error).toEqual({ ...lastError, code: 'apply.exhausted', message, serverId: serverId(1), at: AT });
  });

  it('is what makes a server exhausted, which other failures are not', async () => {
    const world = memoryWorld();
    await world.put(sourceServer());
    expect(isExhausted(await world.server())).toBe(false);
    await recordDeadLetter(applyRequest(), world);
    expect(isExhausted(await world.server())).toBe(true);
    expect(isExhausted({ ...(await world.server()), status: 'pending' })).toBe(false);
    expect(isExhausted(sourceServer({ status: 'failed', errors: [statusError()] }))).toBe(false);
  });

  // A message counts as received each time it comes back to wait; its server has met no failure.
  it('leaves a server pending that only waits for its turn', async () => {
    const world = memoryWorld();
    await world.put(sourceServer({ permit: { from: Date.parse(AT) + 60_000 } }));
    await recordDeadLetter(applyRequest(), world);
    expect((await world.server()).status).toBe('pending');
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

  it('tells what kept a server from being applied, also while it holds a permit', async () => {
    const world = memoryWorld();
    const lastError = statusError({ code: 'aws.unavailable', message: 'down' });
    await world.put(sourceServer({ permit: { from: Date.parse(AT) }, lastError }));
    expect(await recordDeadLetter(applyRequest(), world)).toEqual({ kind: 'recorded' });
    expect(await world.server()).toMatchObject({
      status: 'pending',
      errors: [{ code: 'apply.exhausted', remedy: expect.any(String) }],
    });
  });
});
