import { createHash } from 'node:crypto';

/** SHA-256 in hex of parts in their order: the same for the same parts, and for nothing else. */
export function fingerprint(parts: unknown): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}
