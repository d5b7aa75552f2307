import { randomUUID } from 'node:crypto';

const ROOT = /Root=1-([0-9a-f]{8})-([0-9a-f]{24})/;

/** A request id whose digits are also a valid trace id (which begins with the time), so that one gives the other without a table. */
export function newInvocationId(now: number): string {
  const seconds = Math.floor(now / 1000).toString(16);
  return `${seconds.padStart(8, '0').slice(-8)}${randomUUID().slice(8)}`;
}

/** The trace header that Lambda puts into a function's environment and SDK clients send on. */
export function traceHeaderOf(invocationId: string): string {
  const digits = invocationId.replaceAll('-', '');
  return `Root=1-${digits.slice(0, 8)}-${digits.slice(8)};Parent=${digits.slice(16)};Sampled=0`;
}

export function invocationIdOf(traceHeader: string | undefined): string | undefined {
  const [, time, rest] = ROOT.exec(traceHeader ?? '') ?? [];
  if (time === undefined || rest === undefined) return undefined;
  return [time, rest.slice(0, 4), rest.slice(4, 8), rest.slice(8, 12), rest.slice(12)].join('-');
}
