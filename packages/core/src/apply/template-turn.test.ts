import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anySettings, anySettingsWithNulls } from '../../../../tests/support/arbitraries.ts';
import { applied, desired, sourceServer, TARGET } from '../../../../tests/support/builders.ts';
import { after } from '../../../../tests/support/clock.ts';
import { RATE_LIMITS, type RateClass } from './rate-budgets.ts';
import { isStated, templatePart } from './setting-parts.ts';
import { expectsTemplateWrite, heldPermit, isDue, reserveTurn, waitForTurn } from './template-turn.ts';

describe('expectsTemplateWrite', () => {
  it('holds for everything that was never read back and has a part in the template', () => {
    fc.assert(
      fc.property(anySettings, (settings) => {
        const server = sourceServer({ desired: desired(settings) });
        expect(expectsTemplateWrite(server)).toBe(isStated(templatePart(settings)));
      }),
    );
  });

  it('holds where the template was read back with other settings, whatever of DRS differs', () => {
    fc.assert(
      fc.property(anySettingsWithNulls, anySettingsWithNulls, (wanted, before) => {
        const server = sourceServer({ desired: desired(wanted), applied: applied(before) });
        const same = desired(templatePart(wanted)).hash === desired(templatePart(before)).hash;
        expect(expectsTemplateWrite(server)).toBe(!same && isStated(templatePart(wanted)));
      }),
    );
    const before = { copyTags: true, instanceType: 't3.micro' };
    const wanted = { ...before, copyTags: false };
    expect(expectsTemplateWrite(sourceServer({ desired: desired(wanted), applied: applied(before) }))).toBe(false);
  });
});

describe('reserveTurn', () => {
  it('takes one version and one change of default, and is due when both are there', async () => {
    const taken: [RateClass, number][] = [];
    const times: Partial<Record<RateClass, number>> = { CreateLaunchTemplateVersion: 7, ModifyLaunchTemplate: 9 };
    const take = async (_target: unknown, rateClass: RateClass, count: number) => {
      taken.push([rateClass, count]);
      return times[rateClass] ?? 0;
    };
    const reserved = (ms: number) => reserveTurn(TARGET, { budgets: { take }, now: () => new Date(ms) });
    expect(await reserved(9)).toEqual({ from: 9 });
    // A turn that has to be waited for comes two seconds after its tokens.
    expect(await reserved(8)).toEqual({ from: 2_009 });
    expect(taken.slice(0, 2).sort()).toEqual([
      ['CreateLaunchTemplateVersion', 1],
      ['ModifyLaunchTemplate', 1],
    ]);
  });
});

describe('a permit', () => {
  const from = after(60_000).getTime();

  it('may be used from its time on, for as long as an account’s bucket takes to fill', () => {
    const { burst, perSecond } = RATE_LIMITS.CreateLaunchTemplateVersion;
    const lifeMs = (burst / perSecond) * 1000;
    fc.assert(
      fc.property(fc.integer({ min: -60_000, max: 60_000 }), (ms) => {
        const now = new Date(from + ms);
        expect(isDue({ from }, now)).toBe(ms >= 0);
        expect(heldPermit(sourceServer({ permit: { from } }), now)).toEqual(ms < lifeMs ? { from } : undefined);
      }),
    );
    expect(heldPermit(sourceServer({ permit: { from } }), new Date(from + lifeMs - 1))).toBeDefined();
    expect(heldPermit(sourceServer({ permit: { from } }), new Date(from + lifeMs))).toBeUndefined();
    expect(heldPermit(sourceServer(), after(0))).toBeUndefined();
  });

  it('says to come back in the first whole second in which it is due', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 600_000 }), (ms) => {
        const error = waitForTurn({ from }, new Date(from - ms));
        expect(error).toMatchObject({ code: 'rate.waiting', retryable: true, until: from });
        const backMs = error.retryAfterSeconds * 1000;
        expect(backMs).toBeGreaterThanOrEqual(ms);
        expect(backMs).toBeLessThan(Math.max(1, ms) + 1000);
      }),
    );
  });
});
