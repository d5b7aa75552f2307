import { seededHex } from './seeded-random.ts';

/** Issues AWS-like ids. The same seed issues the same ids in the same order. */
export interface IdSource {
  hex(kind: string, length: number): string;
  uuid(kind: string): string;
}

export function createIdSource(seed: number): IdSource {
  const issued = new Map<string, number>();
  const hex = (kind: string, length: number): string => {
    const sequence = (issued.get(kind) ?? 0) + 1;
    issued.set(kind, sequence);
    return seededHex(seed, `id:${kind}:${sequence}`, length);
  };
  return { hex, uuid: (kind) => hex(kind, 32).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5') };
}
