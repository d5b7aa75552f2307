import { describe, expect, it } from 'vitest';
import { lastAsked } from './last-asked.ts';

describe('lastAsked', () => {
  it('keeps no more than it may, and of those the ones that were asked for last', () => {
    const kept = lastAsked<string>(3);
    for (const key of ['a', 'b', 'c']) kept.keep(key, key);
    kept.get('a');
    kept.keep('b', 'b');
    kept.keep('d', 'd');
    expect(['a', 'b', 'c', 'd'].map((key) => kept.get(key))).toEqual(['a', 'b', undefined, 'd']);
    kept.keep('e', 'e');
    expect(['a', 'b', 'd', 'e'].map((key) => kept.get(key))).toEqual([undefined, 'b', 'd', 'e']);
  });

  it('answers what it has, whatever else is to be kept under the same key', () => {
    const kept = lastAsked<{ readonly n: number }>(2);
    const first = kept.keep('a', { n: 1 });
    expect(kept.keep('a', { n: 1 })).toBe(first);
    expect(kept.get('a')).toBe(first);
    expect(kept.get('b')).toBeUndefined();
  });
});
