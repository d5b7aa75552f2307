import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { serverId } from '../../../../tests/support/builders.ts';
import { duplicateAddresses } from './duplicate-addresses.ts';
import type { Candidate } from './target-problems.ts';

const SUBNETS = ['subnet-0a1b2c3d', 'subnet-1a1b2c3d'] as const;

function candidate(n: number, privateIpAddress?: string | null, subnetId: string = SUBNETS[0]): Candidate {
  const settings = { subnetId, ...(privateIpAddress !== undefined && { privateIpAddress }) };
  return { serverId: serverId(n), settings, statedAt: () => `serverOverrides.${serverId(n)}` };
}

describe('duplicateAddresses', () => {
  it('names every server that asks for the address of another one in its subnet, and no other server', () => {
    const asked = fc.record({
      address: fc.constantFrom('10.0.0.4', '10.0.0.5', '10.0.0.6', null, undefined),
      subnetId: fc.constantFrom(...SUBNETS),
    });
    fc.assert(
      fc.property(fc.array(asked, { maxLength: 12 }), (all) => {
        const candidates = all.map(({ address, subnetId }, index) => candidate(index, address, subnetId));
        const shared = candidates.filter(({ serverId: id, settings }) =>
          candidates.some(
            (other) =>
              other.serverId !== id &&
              settings.privateIpAddress &&
              other.settings.privateIpAddress === settings.privateIpAddress &&
              other.settings.subnetId === settings.subnetId,
          ),
        );
        const found = duplicateAddresses(candidates);
        expect([...found.keys()].sort()).toEqual(shared.map(({ serverId: id }) => id).sort());
      }),
    );
  });

  it('says where it was stated, what it was, and who has it too', () => {
    const found = duplicateAddresses([candidate(1, '10.0.0.4'), candidate(2, '10.0.0.4'), candidate(3, '10.0.0.5')]);
    expect(found.get(serverId(1))).toMatchObject({
      code: 'settings.duplicate_address',
      path: `serverOverrides.${serverId(1)}.privateIpAddress`,
      value: '10.0.0.4',
      message: expect.stringContaining(`${serverId(2)} has it too`),
    });
    expect(found.get(serverId(2))?.message).toContain(`${serverId(1)} has it too`);
  });
});
