import { KEY_CLASSES } from '@prelaunch/contracts/configuration';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { driftScore, unknownScore } from './drift-score.ts';

const percent = fc.double({ min: 0, max: 100, noNaN: true });
const difference = fc.record({ key: fc.constantFrom(...KEY_CLASSES), weight: percent, mayFailLaunch: fc.boolean() });
const differences = fc.array(difference, { maxLength: 8 });
const rules = fc.record({ threshold: percent, launchBlockingFloor: percent });

describe('driftScore', () => {
  it('stays within 0 and 100', () => {
    fc.assert(
      fc.property(differences, rules, (found, policy) => {
        const { score } = driftScore(found, policy);
        expect(score).toBeGreaterThanOrEqual(0);
        expect(score).toBeLessThanOrEqual(100);
      }),
    );
  });

  it('is the sum of the weights, bounded, or the floor where that is more and the launch may fail', () => {
    const whole = fc.array(fc.record({ key: fc.string(), weight: fc.nat(100), mayFailLaunch: fc.boolean() }));
    fc.assert(
      fc.property(whole, rules, (found, policy) => {
        const { score, sum, floor } = driftScore(found, policy);
        expect(sum).toBe(found.map(({ weight }) => weight).reduce((one, other) => one + other, 0));
        const blocking = found.filter(({ mayFailLaunch }) => mayFailLaunch).map(({ key }) => key);
        const least = blocking.length > 0 ? policy.launchBlockingFloor : 0;
        expect(score).toBe(Math.max(Math.min(100, sum), least));
        expect(floor).toEqual(least > Math.min(100, sum) ? { score: least, keys: blocking } : null);
      }),
    );
  });

  it('never falls when something more differs', () => {
    fc.assert(
      fc.property(differences, difference, fc.nat(), rules, (found, more, at, policy) => {
        const score = driftScore(found, policy).score ?? 0;
        expect(driftScore(found.toSpliced(at % (found.length + 1), 0, more), policy).score).toBeGreaterThanOrEqual(
          score,
        );
      }),
    );
  });

  it('has no floor where the launch cannot fail', () => {
    fc.assert(
      fc.property(differences, rules, (found, policy) => {
        const harmless = found.map((one) => ({ ...one, mayFailLaunch: false }));
        expect(driftScore(harmless, policy).floor).toBeNull();
      }),
    );
  });

  it('exceeds the threshold from that on, and never where nothing differs', () => {
    fc.assert(
      fc.property(differences, rules, (found, policy) => {
        const { score, threshold, exceedsThreshold } = driftScore(found, policy);
        expect(threshold).toBe(policy.threshold);
        expect(exceedsThreshold).toBe(found.length > 0 && (score ?? 0) >= threshold);
      }),
    );
    const one = { key: 'subnetId', weight: 25, mayFailLaunch: false };
    expect(driftScore([one], { threshold: 25, launchBlockingFloor: 60 }).exceedsThreshold).toBe(true);
    expect(driftScore([one], { threshold: 25.1, launchBlockingFloor: 60 }).exceedsThreshold).toBe(false);
    expect(driftScore([], { threshold: 0, launchBlockingFloor: 60 }).exceedsThreshold).toBe(false);
  });
});

describe('unknownScore', () => {
  it('is none, and exceeds nothing', () => {
    const none = { score: null, threshold: 0, exceedsThreshold: false, sum: 0, floor: null };
    expect(unknownScore({ threshold: 0 })).toEqual(none);
  });
});
