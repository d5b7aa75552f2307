import { createHash } from 'node:crypto';

/** Draws numbers in [0, 1) that depend on the seed and the key only, so concurrent callers cannot disturb each other's draws. */
export function seededDraws(seed: number, key: string): [number, number, number] {
  const digest = createHash('sha256').update(`${seed}:${key}`).digest();
  return [digest.readUInt32BE(0) / 2 ** 32, digest.readUInt32BE(4) / 2 ** 32, digest.readUInt32BE(8) / 2 ** 32];
}

/** Derives lower-case hex digits (at most 64) from the seed and the key. */
export function seededHex(seed: number, key: string, length: number): string {
  return createHash('sha256').update(`${seed}:${key}`).digest('hex').slice(0, length);
}
