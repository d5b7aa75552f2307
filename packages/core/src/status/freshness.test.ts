import { describe, expect, it } from 'vitest';
import { AT, after, HOUR_MS } from '../../../../tests/support/clock.ts';
import { freshUntil, isFresh } from './freshness.ts';

describe('freshness', () => {
  it('lasts 24 hours from the verification, and no moment longer', () => {
    expect(freshUntil(AT)).toBe(after(24 * HOUR_MS).toISOString());
    expect(isFresh(AT, after(24 * HOUR_MS - 1))).toBe(true);
    expect(isFresh(AT, after(24 * HOUR_MS))).toBe(false);
  });

  it('is not there for what was never verified', () => {
    expect(isFresh(undefined, new Date(AT))).toBe(false);
  });
});
