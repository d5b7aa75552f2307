import type { PrelaunchEvent } from '@prelaunch/contracts/events';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AT, fixedClock } from '../../../../tests/support/clock.ts';
import { AUDIT_PERIOD_MINUTES, SLOT_MINUTES, scheduleAudits, slotOf } from './schedule-audits.ts';

const SLOT_MS = SLOT_MINUTES * 60_000;
const SLOTS = AUDIT_PERIOD_MINUTES / SLOT_MINUTES;
const GROUPS = Array.from({ length: 250 }, (_, index) => `group-${index}`);

/** A schedule over these groups, and what it asked for. */
function schedule(groupIds: readonly string[] = GROUPS, at = AT) {
  const clock = fixedClock(at);
  const batches: PrelaunchEvent[][] = [];
  const known: { last?: number; failing: boolean } = { failing: false };
  const deps = {
    groups: {
      async *listIds() {
        yield* groupIds;
      },
    },
    events: {
      publish: async (events: readonly PrelaunchEvent[]) => {
        if (known.failing) throw new Error('the bus is away');
        batches.push([...events]);
      },
    },
    slots: {
      last: async () => known.last,
      reached: async (slot: number) => {
        known.last = Math.max(known.last ?? 0, slot);
      },
    },
    now: clock.now,
  };
  const asked = () => batches.flat().map(({ detail }) => (detail as { data: { groupId: string } }).data.groupId);
  return { run: () => scheduleAudits(deps), clock, batches, known, asked, forget: () => batches.splice(0) };
}

describe('slotOf', () => {
  it('is the same for a group at all times', () => {
    expect(['payments', 'payroll', 'web'].map(slotOf)).toEqual(['payments', 'payroll', 'web'].map(slotOf));
    expect(slotOf('payments')).toBe(PAYMENTS);
  });

  it('spreads groups over all slots', () => {
    const counts = Array.from({ length: SLOTS }, () => 0);
    for (let n = 0; n < 12_000; n += 1) counts[slotOf(`group-${n}`)] = (counts[slotOf(`group-${n}`)] ?? 0) + 1;
    expect(Math.min(...counts)).toBeGreaterThan(850);
    expect(Math.max(...counts)).toBeLessThan(1150);
  });

  it('is one of the slots of a period', () => {
    fc.assert(
      fc.property(fc.string(), (groupId) => {
        expect(slotOf(groupId)).toBeGreaterThanOrEqual(0);
        expect(slotOf(groupId)).toBeLessThan(SLOTS);
      }),
    );
  });
});

/** Of the group `payments`; moving a group to another slot would do no harm, but nobody should by accident. */
const PAYMENTS = 1;

describe('scheduleAudits', () => {
  it('asks for every group exactly once in a period of punctual runs, wherever it begins', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(SLOTS * 3), async (begin) => {
        const { run, clock, asked } = schedule();
        clock.advance(begin * SLOT_MS);
        for (let slot = 0; slot < SLOTS; slot += 1) {
          await run();
          clock.advance(SLOT_MS);
        }
        expect(asked().sort()).toEqual([...GROUPS].sort());
      }),
    );
  });

  it('asks for the groups of the slot that it is', async () => {
    const { run, asked } = schedule();
    await run();
    const slot = Math.floor(Date.parse(AT) / SLOT_MS) % SLOTS;
    expect(asked()).toEqual(GROUPS.filter((groupId) => slotOf(groupId) === slot));
    expect(asked()).not.toHaveLength(0);
  });

  it('leaves no group out and asks for none twice, whenever it runs', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(40 * 60_000), { minLength: 1, maxLength: 12 }), async (waits) => {
        const { run, clock, asked, forget } = schedule();
        await run();
        let before = Math.floor(clock.now().getTime() / SLOT_MS);
        for (const ms of waits) {
          forget();
          clock.advance(ms);
          await run();
          const now = Math.floor(clock.now().getTime() / SLOT_MS);
          const passed = new Set(Array.from({ length: now - before }, (_, index) => (now - index) % SLOTS));
          expect(asked()).toEqual(GROUPS.filter((groupId) => passed.has(slotOf(groupId))));
          before = now;
        }
      }),
    );
  });

  it('asks for all once, after a long absence', async () => {
    const { run, clock, asked, forget } = schedule();
    await run();
    forget();
    clock.advance(7 * 24 * 3_600_000);
    expect(await run()).toEqual({ requested: GROUPS.length });
    expect(asked()).toEqual(GROUPS);
  });

  it('asks for nothing twice within a slot, or when clocks go back', async () => {
    const { run, clock, asked, known, forget } = schedule();
    await run();
    forget();
    clock.advance(SLOT_MS - 1);
    expect(await run()).toEqual({ requested: 0 });
    clock.advance(-3 * SLOT_MS);
    expect(await run()).toEqual({ requested: 0 });
    expect(asked()).toEqual([]);
    expect(known.last).toBe(Math.floor(Date.parse(AT) / SLOT_MS));
  });

  it('asks again for all of a slot that it could not ask for', async () => {
    const { run, known, asked } = schedule();
    known.failing = true;
    await expect(run()).rejects.toThrow('the bus is away');
    expect(known.last).toBeUndefined();
    known.failing = false;
    await run();
    expect(asked()).not.toHaveLength(0);
  });

  it('publishes up to a hundred together, all of them by one audit of a schedule', async () => {
    const { run, clock, batches, known } = schedule();
    known.last = Math.floor(clock.now().getTime() / SLOT_MS) - SLOTS;
    expect(await run()).toEqual({ requested: 250 });
    expect(batches.map(({ length }) => length)).toEqual([100, 100, 50]);
    const slot = Math.floor(Date.parse(AT) / SLOT_MS);
    for (const { type, detail } of batches.flat()) {
      expect(type).toBe('Drift Audit Requested');
      const auditId = `schedule-${slot}`;
      expect(detail).toMatchObject({ version: '1', correlationId: auditId, data: { auditId, cause: 'schedule' } });
    }
  });

  it('publishes nothing where no group is due', async () => {
    const { run, batches } = schedule([]);
    expect(await run()).toEqual({ requested: 0 });
    expect(batches).toEqual([]);
  });
});
