import { GetLaunchConfigStatusResponse } from '@prelaunch/contracts/operations/launch-configs';
import { describe, expect, it } from 'vitest';
import {
  change,
  desired,
  group,
  readyGroup,
  readyServer,
  serverId,
  serverIds,
  sourceServer,
  statusError,
} from '../../../../tests/support/builders.ts';
import { AT, HOUR_MS } from '../../../../tests/support/clock.ts';
import { type MemoryWorld, memoryWorld } from '../../../../tests/support/memory-world.ts';
import { planChange } from '../group/plan-group.ts';
import { recordRefusal } from '../group/record-refusal.ts';
import { aggregateGroup } from './aggregate-group.ts';
import { launchConfigStatusOf } from './launch-config-status.ts';

async function statusIn(world: MemoryWorld) {
  return launchConfigStatusOf(await world.group(), world);
}

describe('launchConfigStatusOf', () => {
  it('answers the status of the group and of each server', async () => {
    const world = memoryWorld();
    const errors = [statusError()];
    await world.put(
      readyGroup({ serverIds: serverIds(5), heldElsewhere: [statusError({ serverId: serverId(5) })] }),
      readyServer(),
      sourceServer({ serverId: serverId(2), status: 'failed', errors }),
      sourceServer({ serverId: serverId(3), status: 'ready' }),
      readyServer({ serverId: serverId(5), groupId: 'other' }),
    );

    const answer = await statusIn(world);

    expect(GetLaunchConfigStatusResponse.parse(answer)).toEqual(answer);
    expect(answer).toMatchObject({ groupId: 'payments', status: 'ready', fresh: true, generation: 1, errors: [] });
    expect(answer.serverConfigs).toEqual({
      [serverId(1)]: { status: 'ready', lastApplied: AT, configHash: desired().hash, errors: [] },
      [serverId(2)]: { status: 'failed', lastApplied: null, configHash: null, errors },
      [serverId(3)]: { status: 'pending', lastApplied: null, configHash: null, errors: [] },
      [serverId(4)]: { status: 'pending', lastApplied: null, configHash: null, errors: [] },
      [serverId(5)]: {
        status: 'failed',
        lastApplied: null,
        configHash: null,
        errors: [statusError({ serverId: serverId(5) })],
      },
    });
  });

  it('is fresh for 24 hours after the verification', async () => {
    const world = memoryWorld();
    await world.put(readyGroup());
    world.clock.advance(24 * HOUR_MS - 1);
    expect(await statusIn(world)).toMatchObject({ fresh: true });
    world.clock.advance(1);
    expect(await statusIn(world)).toMatchObject({ fresh: false });
  });

  it('is not fresh where nothing was verified', async () => {
    const world = memoryWorld();
    await world.put(group());
    expect(await statusIn(world)).toMatchObject({ fresh: false });
  });

  it('shows the newest event that could not be taken, once', async () => {
    const world = memoryWorld();
    const problem = { code: 'message.invalid' as const, message: 'name is missing', path: 'name', allowed: 'a name' };
    await recordRefusal({ groupId: 'payments', problems: [problem], correlationId: 'c' }, world);
    expect((await statusIn(world)).errors).toMatchObject([{ code: 'event.refused' }]);

    await planChange(change(), world);
    await world.settle();
    await recordRefusal({ groupId: 'payments', problems: [problem], correlationId: 'c' }, world);
    await aggregateGroup('payments', world);
    const after = await statusIn(world);
    expect(after).toMatchObject({ status: 'ready', errors: [{ code: 'event.refused' }] });
  });
});
