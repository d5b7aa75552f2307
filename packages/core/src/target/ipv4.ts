/** How many addresses at the start of a subnet AWS keeps for itself; the last one it keeps too (VPC user guide, subnet sizing). */
const KEPT_AT_START = 4;

/** Where an IPv4 address stands in a subnet given as CIDR block: outside of it, among the five that AWS keeps, or free to use. */
export function placeInSubnet(address: string, cidrBlock: string): 'outside' | 'reserved' | 'usable' {
  const [base = '', bits = '32'] = cidrBlock.split('/');
  const size = 2 ** (32 - Number(bits));
  const first = Math.floor(numberOf(base) / size) * size;
  const offset = numberOf(address) - first;
  if (offset < 0 || offset >= size) return 'outside';
  return offset < KEPT_AT_START || offset === size - 1 ? 'reserved' : 'usable';
}

function numberOf(address: string): number {
  return address.split('.').reduce((number, part) => number * 256 + Number(part), 0);
}
