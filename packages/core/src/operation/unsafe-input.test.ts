import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { REQUEST_BYTES_MAX, refuseUnsafeInput } from './unsafe-input.ts';

function nested(levels: number): unknown {
  let value: unknown = {};
  for (let level = 0; level < levels; level += 1) value = level % 2 === 0 ? { inner: value } : [value];
  return value;
}

function code(input: unknown): string | undefined {
  try {
    refuseUnsafeInput(input);
    return undefined;
  } catch (error) {
    return (error as { code: string }).code;
  }
}

describe('refuseUnsafeInput', () => {
  it('takes what requests look like', () => {
    for (const input of [
      undefined,
      null,
      5,
      'text',
      [],
      {},
      nested(10),
      { tags: { constructor: 'x', prototype: 'y' } },
    ])
      expect(code(input)).toBeUndefined();
  });

  it.each([17, 1_000, 100_000])('refuses %d levels', (levels) => {
    expect(code(nested(levels))).toBe('request.invalid');
  });

  it.each(['{"__proto__":{"a":1}}', '{"a":[{"b":{"__proto__":1}}]}'])('refuses %s and names the place', (text) => {
    expect(() => refuseUnsafeInput(JSON.parse(text))).toThrow(/__proto__ must be another name/);
  });

  it.each([
    ['one text', { a: 'x'.repeat(REQUEST_BYTES_MAX) }],
    ['letters of three bytes', { a: '漢'.repeat(REQUEST_BYTES_MAX / 2) }],
    ['many numbers', { a: Array.from({ length: 3_000_000 }, () => 0) }],
    ['many names', Object.fromEntries(Array.from({ length: 60_000 }, (_, n) => [`name-${n}`, 1]))],
    ['many empty lists', Array.from({ length: 200_000 }, () => [])],
  ])('refuses more than is allowed, whether %s', (_what, input) => {
    expect(code(input)).toBe('request.too_large');
  });

  it('refuses by size exactly what is larger as JSON', () => {
    const value = fc.jsonValue({ maxDepth: 5 });
    fc.assert(
      fc.property(value, fc.integer({ min: -3, max: 3 }), (inner, off) => {
        const frame = Buffer.byteLength(JSON.stringify({ inner, pad: '' }));
        const input = { inner, pad: 'x'.repeat(REQUEST_BYTES_MAX - frame + off) };
        const polluting = JSON.stringify(inner).includes('__proto__');
        if (!polluting) expect(code(input)).toBe(off > 0 ? 'request.too_large' : undefined);
      }),
      { numRuns: 100 },
    );
  });
});
