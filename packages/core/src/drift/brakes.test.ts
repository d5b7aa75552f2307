import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AT, after, HOUR_MS } from '../../../../tests/support/clock.ts';
import { remediationLedger } from '../../../../tests/support/drift.ts';
import { emptyLedger, heldBy, type RemediationLedger, type Situation, withBegun, withEnded } from './brakes.ts';
import { DEFAULT_DRIFT_POLICY, policyOf } from './drift-policy.ts';
import { changeLedger } from './ledger.ts';

const MINUTE_MS = 60_000;

/** Another instance of a group of 100, with nothing against it. */
function situation(stated: Partial<Situation> = {}): Situation {
  return {
    instanceId: 'i-another',
    policy: DEFAULT_DRIFT_POLICY,
    members: 100,
    isFlapping: false,
    writers: [],
    now: new Date(AT),
    ...stated,
  };
}

function withBudget(budget: Partial<typeof DEFAULT_DRIFT_POLICY.budget>) {
  return policyOf({ budget }, DEFAULT_DRIFT_POLICY);
}

/** So many instances, begun at these times. */
function begunAt(...times: readonly number[]): RemediationLedger {
  return times.reduce((ledger, ms, n) => withBegun(ledger, `i-${n}`, after(ms)), emptyLedger('payments'));
}

/** Ends in this order: `x` failed, `o` did not; a second between each two. */
function ended(results: string, from = 0): RemediationLedger {
  return [...results].reduce(
    (ledger, one, n) => withEnded(ledger, one === 'o', after(from + n * 1000)),
    emptyLedger('payments'),
  );
}

describe('heldBy', () => {
  it('holds nothing against a group without a past', () => {
    expect(heldBy(emptyLedger('payments'), situation())).toBeUndefined();
  });

  it('names the first of all that holds: flapping, windows, breaker, back-off, budget', () => {
    const past = { ...ended('xxxx', -4000), begun: begunAt(...Array.from({ length: 12 }, () => -1000)).begun };
    const closed = policyOf(
      { maintenanceWindows: [{ days: ['mon'], from: '02:00', until: '04:00' }] },
      DEFAULT_DRIFT_POLICY,
    );
    const all = situation({ isFlapping: true, policy: closed });
    const brakes = [
      heldBy(past, all),
      heldBy(past, { ...all, isFlapping: false }),
      heldBy(past, situation()),
      heldBy({ ...past, ended: past.ended.slice(1) }, situation()),
      heldBy({ ...past, ended: [] }, situation()),
    ];
    const names = ['flapping', 'maintenance_window', 'breaker_open', 'backing_off', 'budget_used'];
    expect(brakes.map((held) => held?.brake)).toEqual(names);
  });

  it('says who writes to and fro', () => {
    const named = heldBy(emptyLedger('payments'), situation({ isFlapping: true, writers: ['alice', 'prelaunch'] }));
    expect(named).toMatchObject({ reason: expect.stringContaining('alice and prelaunch'), until: null });
    const unnamed = heldBy(emptyLedger('payments'), situation({ isFlapping: true }));
    expect(unnamed?.reason).toContain('somebody');
  });

  it('waits for the next maintenance window', () => {
    const maintenanceWindows = [{ days: ['mon' as const], from: '02:00', until: '04:00' }];
    const policy = policyOf({ maintenanceWindows }, DEFAULT_DRIFT_POLICY);
    const until = '2026-03-02T02:00:00.000Z';
    expect(heldBy(emptyLedger('payments'), situation({ policy }))).toMatchObject({ until });
    expect(heldBy(emptyLedger('payments'), situation({ policy, now: new Date(until) }))).toBeUndefined();
  });
});

describe('the budget', () => {
  it.each([
    [100, 25, 0.1, 10],
    [100, 5, 0.1, 5],
    [100, 25, 0.07, 7],
    [100, 60, 0.55, 55],
    [3, 25, 0.1, 1],
    [11, 25, 0.1, 2],
    [100, 25, 0, 0],
    [100, 0, 1, 0],
    [0, 25, 0.1, 0],
  ])('of %s members, at most %s and a share of %s, is %s', (members, maxInstances, maxShare, limit) => {
    const policy = withBudget({ maxInstances, maxShare });
    let ledger = emptyLedger('payments');
    let begun = 0;
    while (begun < 200 && !heldBy(ledger, situation({ instanceId: `i-${begun}`, members, policy }))) {
      ledger = withBegun(ledger, `i-${begun}`, new Date(AT));
      begun += 1;
    }
    expect(begun).toBe(limit);
  });

  it('counts an instance that began in the window once, and lets it begin again', () => {
    const policy = withBudget({ maxInstances: 2, maxShare: 1 });
    const twice = withBegun(begunAt(0), 'i-0', after(1000));
    expect(heldBy(twice, situation({ policy, instanceId: 'i-1', now: after(2000) }))).toBeUndefined();
    const full = withBegun(twice, 'i-1', after(2000));
    expect(heldBy(full, situation({ policy, instanceId: 'i-2', now: after(3000) }))?.brake).toBe('budget_used');
    expect(heldBy(full, situation({ policy, instanceId: 'i-0', now: after(3000) }))).toBeUndefined();
  });

  const step = fc.record({
    ms: fc.oneof(fc.nat(5_000), fc.nat(20 * MINUTE_MS)),
    instance: fc.nat(9).map((n) => `i-${n}`),
  });

  it('is exceeded in no window, whatever is asked for and when', () => {
    const budget = fc.record({
      windowMinutes: fc.constantFrom(1, 5, 60, 1440),
      maxInstances: fc.nat(6),
      maxShare: fc.constantFrom(0, 0.1, 0.5, 1),
    });
    fc.assert(
      fc.property(budget, fc.nat(12), fc.array(step, { maxLength: 60 }), (stated, members, steps) => {
        const policy = withBudget(stated);
        const limit = Math.min(stated.maxInstances, Math.ceil((stated.maxShare * 10 * members) / 10));
        const begun: { readonly instance: string; readonly at: number }[] = [];
        let ledger = emptyLedger('payments');
        let at = 0;
        for (const { ms, instance } of steps) {
          at += ms;
          if (heldBy(ledger, situation({ instanceId: instance, policy, members, now: after(at) }))) continue;
          ledger = withBegun(ledger, instance, after(at));
          begun.push({ instance, at });
          const inWindow = begun.filter((one) => one.at > at - stated.windowMinutes * MINUTE_MS);
          expect(new Set(inWindow.map((one) => one.instance)).size).toBeLessThanOrEqual(limit);
        }
      }),
    );
  });

  it('is exceeded by no interleaving of those who begin at once', async () => {
    const policy = withBudget({ maxInstances: 2, maxShare: 1 });
    await fc.assert(
      fc.asyncProperty(
        fc.scheduler(),
        fc.array(fc.nat(4), { minLength: 1, maxLength: 6 }),
        async (scheduler, asking) => {
          let stored: RemediationLedger | undefined;
          const ledgers = {
            get: scheduler.scheduleFunction(async () => stored),
            save: scheduler.scheduleFunction(async (ledger: RemediationLedger) => {
              if (ledger.version !== (stored?.version ?? 0)) return false;
              stored = { ...ledger, version: ledger.version + 1 };
              return true;
            }),
          };
          const begun: string[] = [];
          const begin = async (n: number) => {
            let held: unknown;
            const decide = (ledger: RemediationLedger) => {
              held = heldBy(ledger, situation({ instanceId: `i-${n}`, policy }));
              return held ? undefined : withBegun(ledger, `i-${n}`, new Date(AT));
            };
            await changeLedger('payments', decide, ledgers);
            if (!held) begun.push(`i-${n}`);
          };
          await scheduler.waitFor(Promise.all(asking.map(begin)));
          const expected = Math.min(2, new Set(asking).size);
          expect(new Set(begun).size).toBe(expected);
          expect(stored?.begun).toHaveLength(expected);
        },
      ),
    );
  });

  it('says when there is room again: not a moment before, unless something begins meanwhile', () => {
    const times = fc.array(fc.nat(HOUR_MS), { minLength: 1, maxLength: 8 }).map((all) => all.sort((a, b) => a - b));
    fc.assert(
      fc.property(times, fc.integer({ min: 1, max: 4 }), (all, maxInstances) => {
        const policy = withBudget({ maxInstances, maxShare: 1 });
        const ledger = begunAt(...all);
        const asked = (ms: number) => heldBy(ledger, situation({ policy, now: new Date(ms) }));
        const now = after(all.at(-1) ?? 0).getTime();
        const until = Date.parse(asked(now)?.until ?? '');
        fc.pre(asked(now) !== undefined && until > now);
        expect(asked(until)).toBeUndefined();
        expect(asked(until - 1)?.brake).toBe('budget_used');
      }),
    );
  });

  it('says of no budget that it never has room, not even for what began before', () => {
    const policy = withBudget({ maxInstances: 0 });
    const again = situation({ policy, instanceId: 'i-0', now: after(1) });
    expect(heldBy(begunAt(0), again)).toMatchObject({ brake: 'budget_used', until: null });
    expect(heldBy(begunAt(0), situation({ policy, now: after(1) }))).toMatchObject({
      brake: 'budget_used',
      until: null,
    });
  });

  it('says how many were put right, and how many may be', () => {
    const policy = withBudget({ maxInstances: 1 });
    const reason = '1 instances of the group were put right within 60 minutes, and 1 may be';
    expect(heldBy(begunAt(0), situation({ policy }))?.reason).toBe(reason);
  });
});

describe('the breaker', () => {
  const failing = (ledger: RemediationLedger, ms: number, windowMinutes = 60) => {
    const held = heldBy(ledger, situation({ policy: withBudget({ windowMinutes }), now: after(ms) }));
    return held?.brake === 'breaker_open' ? held : undefined;
  };

  it.each([
    ['xxx', false],
    ['xxxx', true],
    ['ooxx', true],
    ['xxoo', true],
    ['ooox', false],
    ['ooooxxx', false],
    ['oooxxx', true],
    ['oooo', false],
  ])('after %s is open: %s', (results, open) => {
    expect(failing(ended(results), 10_000) !== undefined).toBe(open);
  });

  it('says how many failed, and closes as soon as it says, unless more fails', () => {
    const results = fc.string({ unit: fc.constantFrom('x', 'o'), minLength: 4, maxLength: 12 });
    fc.assert(
      fc.property(results, fc.constantFrom(1, 60, 1440), (past, windowMinutes) => {
        const ledger = ended(past);
        const now = past.length * 1000;
        const held = failing(ledger, now, windowMinutes);
        const failed = [...past].filter((one) => one === 'x').length;
        expect(held !== undefined).toBe(failed / past.length >= 0.5);
        if (!held) return;
        expect(held.reason).toContain(`${failed} of the last ${past.length}`);
        const until = Date.parse(held.until ?? '') - Date.parse(AT);
        expect(failing(ledger, until, windowMinutes)).toBeUndefined();
        expect(failing(ledger, until - 1, windowMinutes)).toBeDefined();
        // It opens anew by what fails then, not by what is past.
        const more = withEnded(ledger, false, after(until + windowMinutes * MINUTE_MS));
        expect(failing(more, until + windowMinutes * MINUTE_MS, windowMinutes)).toBeUndefined();
      }),
    );
  });

  it('says when it closes where several ended at the same moment', () => {
    const together = remediationLedger({
      ended: [false, true, true, false, false, false].map((succeeded) => ({ at: AT, succeeded })),
    });
    expect(failing(together, 0)?.until).toBe(after(HOUR_MS).toISOString());
  });
});

describe('the back-off', () => {
  /** Until when it backs off after so many failures in a row, in minutes after the last of them. */
  const wait = (ledger: RemediationLedger) => {
    const last = Date.parse(ledger.ended.at(-1)?.at ?? '');
    const policy = withBudget({ windowMinutes: 1 });
    // With failures that far apart, the breaker stays closed.
    const held = heldBy(ledger, situation({ policy, now: new Date(last) }));
    return held?.brake === 'backing_off' ? (Date.parse(held.until ?? '') - last) / MINUTE_MS : held?.brake;
  };
  const failures = (count: number, ledger = emptyLedger('payments')) =>
    Array.from({ length: count }).reduce<RemediationLedger>(
      (past, _, n) => withEnded(past, false, after(n * HOUR_MS)),
      ledger,
    );

  it.each([
    [1, 1],
    [2, 2],
    [3, 4],
    [4, 8],
    [9, 256],
    [10, 360],
    [100, 360],
    [250, 360],
  ])('after %s failures in a row lasts %s minutes', (count, minutes) => {
    expect(wait(failures(count))).toBe(minutes);
  });

  it('begins anew after a success, whatever was before', () => {
    fc.assert(
      fc.property(fc.nat(20), fc.integer({ min: 1, max: 6 }), (before, since) => {
        const succeeded = withEnded(failures(before), true, after(30 * HOUR_MS));
        expect(wait(succeeded)).toBeUndefined();
        const again = Array.from({ length: since }).reduce<RemediationLedger>(
          (past, _, n) => withEnded(past, false, after((31 + n) * HOUR_MS)),
          succeeded,
        );
        expect(wait(again)).toBe(2 ** (since - 1));
      }),
    );
  });

  it('ends when it says', () => {
    const ledger = ended('x');
    expect(heldBy(ledger, situation({ now: after(MINUTE_MS - 1) }))?.brake).toBe('backing_off');
    expect(heldBy(ledger, situation({ now: after(MINUTE_MS) }))).toBeUndefined();
  });
});

describe('the ledger', () => {
  it('holds each instance once, by its newest beginning, and forgets after a day', () => {
    const step = fc.record({ ms: fc.nat(6 * HOUR_MS), instance: fc.nat(30).map((n) => `i-${n}`) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        let ledger = emptyLedger('payments');
        const newest = new Map<string, number>();
        let at = 0;
        for (const { ms, instance } of steps) {
          at += ms;
          ledger = withBegun(ledger, instance, after(at));
          newest.delete(instance);
          newest.set(instance, at);
        }
        const expected = [...newest].filter(([, time]) => time > at - 24 * HOUR_MS);
        const found = ledger.begun.map(({ instanceId, at: time }) => [instanceId, Date.parse(time) - Date.parse(AT)]);
        expect(found).toEqual(expected);
      }),
    );
  });

  it('holds a bounded number of beginnings and ends, the newest', () => {
    const begun = Array.from({ length: 5_000 }, (_, n) => ({ instanceId: `i-${n}`, at: AT }));
    const more = withBegun(remediationLedger({ begun }), 'i-more', after(1));
    expect(more.begun).toHaveLength(5_000);
    expect(more.begun.at(-1)?.instanceId).toBe('i-more');
    expect(more.begun[0]?.instanceId).toBe('i-1');
    const many = ended('xo'.repeat(75));
    expect(many.ended).toHaveLength(100);
    expect(many.ended.at(-1)).toEqual({ at: after(149_000).toISOString(), succeeded: true });
  });

  it('keeps its version, for compare-and-set, and leaves what it is given as it is', () => {
    const before = remediationLedger({ version: 7 });
    expect(withEnded(withBegun(before, 'i-0', new Date(AT)), true, new Date(AT)).version).toBe(7);
    expect(before).toEqual(remediationLedger({ version: 7 }));
  });
});
