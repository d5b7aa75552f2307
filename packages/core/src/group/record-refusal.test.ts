import { describe, expect, it } from 'vitest';
import { change, group, readyGroup } from '../../../../tests/support/builders.ts';
import { memoryWorld } from '../../../../tests/support/memory-world.ts';
import { planChange } from './plan-group.ts';
import { recordRefusal } from './record-refusal.ts';

const problem = {
  code: 'message.invalid' as const,
  message: 'detail.data.group.name must be a name of 1 to 256 characters',
  path: 'detail.data.group.name',
  value: '',
  allowed: 'a name of 1 to 256 characters',
};
const refused = { groupId: 'payments', problems: [problem], correlationId: 'c-9' };

describe('recordRefusal', () => {
  it('keeps the reason on the group, with everything else as it is', async () => {
    const world = memoryWorld();
    await world.put(readyGroup());
    const before = await world.group();

    await recordRefusal(refused, world);

    const { refusal, ...after } = await world.group();
    const { launchConfigStatus: status } = before;
    const launchConfigStatus = { ...status, errors: [refusal], statusRevision: status.statusRevision + 1 };
    expect(after).toEqual({ ...before, launchConfigStatus, version: before.version + 1 });
    expect(refusal).toMatchObject({ code: 'event.refused', path: problem.path, allowed: problem.allowed });
    expect(refusal?.message).toContain(problem.message);
  });

  it('makes an item that says failed for a group nobody knows yet', async () => {
    const world = memoryWorld();
    await recordRefusal(refused, world);
    expect(await world.group()).toMatchObject({
      generation: 0,
      revision: -1,
      correlationId: 'c-9',
      launchConfigStatus: { status: 'failed', errors: [{ code: 'event.refused' }] },
    });
  });

  it('writes nothing when the same event is delivered again', async () => {
    const world = memoryWorld();
    await recordRefusal(refused, world);
    const before = await world.group();
    world.clock.advance(1_000);
    await recordRefusal(refused, world);
    expect(await world.group()).toEqual(before);
  });

  it('is forgotten when a change is taken, whatever its revision', async () => {
    const world = memoryWorld();
    await recordRefusal(refused, world);
    await planChange(change({ revision: 0 }), world);
    expect(await world.group()).not.toHaveProperty('refusal');
    expect((await world.group()).launchConfigStatus.errors).toEqual([]);
  });

  it('has a reason even where no problem is named', async () => {
    const world = memoryWorld();
    await world.put(group());
    await recordRefusal({ ...refused, problems: [] }, world);
    expect((await world.group()).refusal).toMatchObject({ code: 'event.refused' });
  });

  it('keeps a reason that DynamoDB takes, however many problems an event has', async () => {
    const world = memoryWorld();
    const problems = Array.from({ length: 20_000 }, () => problem);
    await recordRefusal({ ...refused, problems }, world);
    expect(JSON.stringify(await world.group()).length).toBeLessThan(400 * 1024);
  });
});
