import type { Subnet } from '@aws-sdk/client-ec2';
import { seededDraws } from '../seeded-random.ts';
import type { Place } from '../state.ts';

/** The first of a subnet's addresses that AWS keeps for itself; it keeps the last one too. */
const RESERVED_AT_START = 4;
const RESERVED_AT_END = 1;

/** The addresses that instances have in a subnet, as keys of `addressKey`. */
export function takenAddresses({ instances }: Pick<Place, 'instances'>): Set<string> {
  const taken = new Set<string>();
  for (const { NetworkInterfaces = [] } of instances.values())
    for (const { SubnetId, PrivateIpAddresses = [] } of NetworkInterfaces)
      for (const { PrivateIpAddress } of PrivateIpAddresses) taken.add(addressKey(SubnetId, PrivateIpAddress));
  return taken;
}

export function addressKey(subnetId: string | undefined, address: string | undefined): string {
  return `${subnetId} ${address}`;
}

/** An address of the subnet that nobody has, the same for the same seed and key. Undefined when the subnet is full. */
export function freeAddress(
  { SubnetId, CidrBlock = '' }: Subnet,
  taken: ReadonlySet<string>,
  { seed, key }: { seed: number; key: string },
): string | undefined {
  const [base = '', prefix] = CidrBlock.split('/');
  const usable = 2 ** (32 - Number(prefix)) - RESERVED_AT_START - RESERVED_AT_END;
  const [draw] = seededDraws(seed, `address ${key}`);
  const start = Math.floor(draw * usable);
  for (let step = 0; step < usable; step += 1) {
    const address = dotted(numberOf(base) + RESERVED_AT_START + ((start + step) % usable));
    if (!taken.has(addressKey(SubnetId, address))) return address;
  }
  return undefined;
}

function numberOf(address: string): number {
  return address.split('.').reduce((total, part) => total * 256 + Number(part), 0);
}

function dotted(address: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256).join('.');
}
