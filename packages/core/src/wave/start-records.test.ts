import { describe, expect, it } from 'vitest';
import { change, serverIds } from '../../../../tests/support/builders.ts';
import { type MemoryWorld, memoryWorld } from '../../../../tests/support/memory-world.ts';
import { AwsCallError } from '../apply/ports.ts';
import type { AuditTrail } from '../audit/ports.ts';
import { planChange } from '../group/plan-group.ts';
import { startWaveRecovery, type WaveCall } from './start-wave.ts';

function call(stated: Partial<WaveCall['request']> = {}): WaveCall {
  const known = { operation: 'start_wave_recovery', executionId: 'e', waveNumber: 1, groupIds: ['payments'] } as const;
  const request = { ...known, groupIds: [...known.groupIds], isDrill: false, onNotReady: 'block', applyWaitSeconds: 0 };
  return {
    request: { ...(request as WaveCall['request']), ...stated },
    by: 'Orchestrator',
    requestedBy: 'arn:orchestrator',
    correlationId: 'c-wave',
  };
}

async function readyWorld(): Promise<MemoryWorld> {
  const world = memoryWorld({ servers: 3 });
  await planChange(change({ serverIds: serverIds(2) }), world);
  await planChange(change({ groupId: 'orders', serverIds: serverIds(1, 3) }), world);
  await world.settle();
  world.audit.recorded.length = 0;
  return world;
}

const lost = new AwsCallError({
  kind: 'unavailable',
  operation: 'StartRecovery',
  awsCode: 'TimeoutError',
  message: 'no answer',
  answered: false,
  cause: undefined,
});

describe('what the audit log has of a wave', () => {
  it('is who starts it, for each of its groups, before and after', async () => {
    const world = await readyWorld();
    const recorded: string[] = [];
    const recovery = {
      ...world.recovery,
      start: (...args: Parameters<typeof world.recovery.start>) => {
        recorded.push(...world.audit.recorded.map(({ kind }) => kind));
        return world.recovery.start(...args);
      },
    };
    await startWaveRecovery(call({ groupIds: ['payments', 'orders'] }), { ...world, recovery });
    expect(recorded).toEqual(['write_begun', 'write_begun']);
    expect(world.audit.recorded).toHaveLength(4);
    expect(world.audit.recorded).toMatchObject([
      { kind: 'write_begun', groupId: 'payments', result: 'begun' },
      { kind: 'write_begun', groupId: 'orders', result: 'begun' },
      { kind: 'write_ended', groupId: 'payments', result: 'done' },
      { kind: 'write_ended', groupId: 'orders', result: 'done' },
    ]);
    const known = { actor: 'arn:orchestrator', action: 'StartRecovery', waveId: 'e/1', correlationId: 'c-wave' };
    for (const record of world.audit.recorded) expect(record).toMatchObject(known);
    expect(new Set(world.audit.recorded.map(({ recordId }) => recordId)).size).toBe(4);
  });

  it('tells a drill, and a caller without an id by the name they gave', async () => {
    const world = await readyWorld();
    const { requestedBy: _none, ...anonymous } = call({ isDrill: true });
    await startWaveRecovery(anonymous, world);
    expect(world.audit.recorded[0]).toMatchObject({ actor: 'Orchestrator', action: 'StartRecovery (drill)' });
  });

  it('has the code of a start that failed, and the end that a later call found', async () => {
    const world = await readyWorld();
    const start = async (...args: Parameters<typeof world.recovery.start>) => {
      await world.recovery.start(...args);
      throw lost;
    };
    await startWaveRecovery(call(), { ...world, recovery: { ...world.recovery, start } });
    world.clock.advance(200_000);
    expect(await startWaveRecovery(call(), world)).toMatchObject({ status: 'started' });
    const told = world.audit.recorded.map(({ kind, result }) => `${kind} ${result}`);
    expect(told).toEqual(['write_begun begun', 'write_ended aws.unavailable', 'write_ended done']);
    await startWaveRecovery(call(), world);
    expect(world.audit.recorded).toHaveLength(3);
  });

  it('is there or nothing is started; an end that cannot be recorded keeps nobody from the answer', async () => {
    const world = await readyWorld();
    const refusing = (refused: string): AuditTrail => ({
      record: async (records) => {
        if (records.some(({ kind }) => kind === refused)) throw lost;
      },
    });
    const unbegun = await startWaveRecovery(call(), { ...world, audit: refusing('write_begun') });
    expect(unbegun).toMatchObject({ status: 'failed', failedJobs: [{ error: { code: 'aws.unavailable' } }] });
    expect(world.recovery.started).toEqual([]);
    world.clock.advance(200_000);
    const unended = await startWaveRecovery(call(), { ...world, audit: refusing('write_ended') });
    expect(unended).toMatchObject({ status: 'started' });
  });
});
