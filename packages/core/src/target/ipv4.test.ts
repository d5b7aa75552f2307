import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { placeInSubnet } from './ipv4.ts';

const octets = (number: number) => [24, 16, 8, 0].map((shift) => (number >>> shift) & 255).join('.');

/** A subnet as AWS allows them, by its first address and its size. */
const subnet = fc
  .record({ bits: fc.integer({ min: 16, max: 28 }), base: fc.integer({ min: 0, max: 2 ** 32 - 1 }) })
  .map(({ bits, base }) => {
    const size = 2 ** (32 - bits);
    const first = Math.floor(base / size) * size;
    return { cidrBlock: `${octets(first)}/${bits}`, first, size };
  });

describe('placeInSubnet', () => {
  it('leaves all of a subnet to use but the first four addresses and the last', () => {
    // A million addresses are few for a computer and many for a property.
    fc.assert(
      fc.property(
        subnet.filter(({ size }) => size <= 1024),
        ({ cidrBlock, first, size }) => {
          const places = Array.from({ length: size }, (_, offset) => placeInSubnet(octets(first + offset), cidrBlock));
          expect(places.filter((place) => place === 'usable')).toHaveLength(size - 5);
          expect(places.filter((place) => place === 'outside')).toEqual([]);
          const reserved = [...places.keys()].filter((offset) => places[offset] === 'reserved');
          expect(reserved).toEqual([0, 1, 2, 3, size - 1]);
        },
      ),
      { numRuns: 30 },
    );
  });

  it('counts the addresses of large subnets the same way', () => {
    const offset = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
    fc.assert(
      fc.property(subnet, offset, ({ cidrBlock, first, size }, share) => {
        const at = Math.floor(share * size);
        const kept = at < 4 || at === size - 1;
        expect(placeInSubnet(octets(first + at), cidrBlock)).toBe(kept ? 'reserved' : 'usable');
      }),
    );
  });

  it('has every other address outside', () => {
    fc.assert(
      fc.property(subnet, fc.integer({ min: 0, max: 2 ** 32 - 1 }), ({ cidrBlock, first, size }, other) => {
        const inside = other >= first && other < first + size;
        expect(placeInSubnet(octets(other), cidrBlock) === 'outside').toBe(!inside);
      }),
    );
    fc.assert(
      fc.property(subnet, ({ cidrBlock, first, size }) => {
        if (first > 0) expect(placeInSubnet(octets(first - 1), cidrBlock)).toBe('outside');
        if (first + size < 2 ** 32) expect(placeInSubnet(octets(first + size), cidrBlock)).toBe('outside');
      }),
    );
  });

  it('knows addresses with their highest bit set', () => {
    expect(placeInSubnet('192.168.1.9', '192.168.1.0/24')).toBe('usable');
    expect(placeInSubnet('255.255.255.255', '255.255.255.0/24')).toBe('reserved');
    expect(placeInSubnet('0.0.0.9', '255.255.255.0/24')).toBe('outside');
  });
});
