import { beforeEach, describe, expect, it } from 'vitest';
import { binding } from '../../../../tests/support/configurations.ts';
import { interrupted } from '../../../../tests/support/interrupting.ts';
import { type MemoryWorld, memoryWorld } from '../../../../tests/support/memory-world.ts';
import { publishedAsPlanned } from '../../../../tests/support/plans.ts';
import { createBinding, deleteBinding, updateBinding } from './bind.ts';

const ALICE = { kind: 'user', id: 'alice' } as const;
const AUTHOR = { by: 'ops@example.com', at: '2026-03-01T13:00:00.000Z' };
const base = { configurationId: 'base' };

let world: MemoryWorld;
beforeEach(async () => {
  world = memoryWorld();
  await publishedAsPlanned({ configurationId: 'base' }, world);
  await publishedAsPlanned({ configurationId: 'other' }, world);
});

function bound(stated: Partial<Parameters<typeof createBinding>[0]> = {}) {
  return createBinding({ subject: ALICE, priority: 5, configuration: base, ...stated }, AUTHOR, world);
}

describe('createBinding', () => {
  it('stores who binds whom to what', async () => {
    const made = await bound();
    expect(made).toEqual({
      bindingId: 'user:alice:5',
      subject: ALICE,
      priority: 5,
      configuration: base,
      changedBy: AUTHOR.by,
      changedAt: AUTHOR.at,
      version: 1,
    });
    expect(await world.bindings.all()).toEqual([made]);
  });

  it('refuses a second binding of a subject with the same priority, naming the first, and leaves that as it is', async () => {
    const made = await bound();
    await expect(bound({ configuration: { configurationId: 'other' } })).rejects.toMatchObject({
      code: 'binding.exists',
      message: expect.stringContaining('user:alice:5'),
      problems: [{ path: 'priority', value: 5, allowed: expect.stringContaining('user:alice:5') }],
    });
    await bound({ priority: 6 });
    await bound({ subject: { kind: 'userGroup', id: 'alice' } });
    expect(await world.bindings.of([ALICE])).toContainEqual(made);
    expect(await world.bindings.all()).toHaveLength(3);
  });

  it.each([
    [{ configurationId: 'ghost' }, 'configurationId', 'ghost'],
    [{ configurationId: 'ghost', version: 1 }, 'configurationId', 'ghost'],
    [{ configurationId: 'base', version: 2 }, 'version', 'base@2'],
  ])('refuses %j, which does not exist, naming the field', async (configuration, path, value) => {
    await expect(bound({ configuration })).rejects.toMatchObject({
      code: 'configuration.unknown',
      problems: [{ code: 'configuration.unknown', path, value }],
    });
    expect(await world.bindings.all()).toEqual([]);
  });
});

describe('updateBinding', () => {
  it('binds to another configuration, or pins it', async () => {
    await bound();
    const later = { by: 'sam@example.com', at: '2026-03-01T14:00:00.000Z' };
    const changed = await updateBinding('user:alice:5', { ...base, version: 1 }, later, world);
    expect(changed).toMatchObject({
      configuration: { ...base, version: 1 },
      changedBy: later.by,
      changedAt: later.at,
      version: 2,
    });
    expect(await world.bindings.all()).toEqual([changed]);
  });

  it.each(['user:alice:6', 'user:bob:5', 'user:alice:05', 'nonsense', 'default:5'])(
    'does not know the binding %s',
    async (bindingId) => {
      await bound();
      await expect(updateBinding(bindingId, base, AUTHOR, world)).rejects.toMatchObject({
        code: 'binding.not_found',
        problems: [{ path: 'bindingId', value: bindingId }],
      });
    },
  );

  it('refuses what does not exist', async () => {
    await bound();
    const update = updateBinding('user:alice:5', { configurationId: 'ghost' }, AUTHOR, world);
    await expect(update).rejects.toMatchObject({ code: 'configuration.unknown' });
  });

  it('overwrites nothing that somebody else has written meanwhile', async () => {
    await bound();
    const change = () => updateBinding('user:alice:5', { ...base, version: 1 }, AUTHOR, world);
    const { bindings } = interrupted({ bindings: world.bindings }, 2, change).deps;
    const late = updateBinding('user:alice:5', { configurationId: 'other' }, AUTHOR, { ...world, bindings });
    await expect(late).rejects.toMatchObject({ code: 'store.contention', retryable: true });
    expect(await world.bindings.all()).toMatchObject([{ configuration: { ...base, version: 1 } }]);
  });
});

describe('deleteBinding', () => {
  it('answers what is gone', async () => {
    const made = await bound({ subject: { kind: 'default' } });
    expect(await deleteBinding('default:5', world)).toEqual(made);
    expect(await world.bindings.all()).toEqual([]);
    await expect(deleteBinding('default:5', world)).rejects.toMatchObject({ code: 'binding.not_found' });
  });

  it('deletes nothing that somebody has changed since it was looked at', async () => {
    await world.bindings.save(binding({ subject: ALICE, priority: 5, configuration: base }));
    const change = () => updateBinding('user:alice:5', { configurationId: 'other' }, AUTHOR, world);
    const { bindings } = interrupted({ bindings: world.bindings }, 2, change).deps;
    await expect(deleteBinding('user:alice:5', { bindings })).rejects.toMatchObject({ code: 'store.contention' });
    expect(await world.bindings.all()).toHaveLength(1);
  });
});
