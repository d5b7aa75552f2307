import { BlockList, isIP } from 'node:net';
import { InvalidEventPatternError } from './invalid-event-pattern-error.ts';
import { type LeafMatcher, ofText } from './leaf-matcher.ts';

/** `10.0.0.0/24` or `2001:db8::/32`: text that is an address of the same family inside the block. */
export function cidrMatcher(block: unknown): LeafMatcher {
  if (typeof block !== 'string') throw new InvalidEventPatternError('prefix match pattern must be a string');
  const { address, prefix, family } = parsed(block);
  const list = new BlockList();
  list.addSubnet(address, prefix, family);
  return ofText((text) => {
    const version = isIP(text);
    if (version === 0) return false;
    // An IPv4 block does not take in IPv4-mapped IPv6 addresses; BlockList alone would say it does.
    return (version === 4) === (family === 'ipv4') && list.check(text, family);
  });
}

function parsed(block: string): { address: string; prefix: number; family: 'ipv4' | 'ipv6' } {
  const parts = block.split('/');
  const [address = '', mask = ''] = parts;
  if (parts.length !== 2) throw new InvalidEventPatternError("Malformed CIDR, one '/' required");
  const version = isIP(address);
  if (version === 0) throw new InvalidEventPatternError(`Nonstandard IP address: ${address}`);
  if (!/^\d{1,3}$/.test(mask)) throw new InvalidEventPatternError('Malformed CIDR, mask bits must be an integer');
  const prefix = Number(mask);
  if (prefix > (version === 4 ? 32 : 128)) throw new InvalidEventPatternError('Malformed CIDR, too many mask bits');
  return { address, prefix, family: version === 4 ? 'ipv4' : 'ipv6' };
}
