import { AwsCallError } from '@prelaunch/core/apply/ports';
import type { Random } from './random.ts';

/** What goes wrong how often: probabilities per port call, except where said. */
export interface Faults {
  /** The process dies. */
  readonly crash: number;
  /** The process stands still for longer than a lease, before or after the call has its effect. */
  readonly pause: number;
  /** The process stands still for some seconds, less than a lease. */
  readonly stall: number;
  readonly store: number;
  readonly awsThrottled: number;
  readonly awsUnavailable: number;
  readonly awsRefused: number;
  /** The call has its effect, the answer is lost. */
  readonly awsTimeout: number;
  /** AWS says yes and does nothing. */
  readonly awsSwallowed: number;
  /** Per describe of a template: it shows what was some time before. */
  readonly awsLag: number;
  /** Per call to AWS: just before or after it somebody else edits what Prelaunch does not manage of the server's template. */
  readonly awsEdited: number;
  readonly publish: number;
  /** Per record for the audit log: it is not taken. */
  readonly unrecorded: number;
  /** Per message: it comes twice. */
  readonly duplicate: number;
  /** Per message: it comes late. */
  readonly delay: number;
  /** Deliveries until an apply message goes to the dead-letter queue. */
  readonly applyReceivesMax: number;
}

export const NO_FAULTS: Faults = {
  crash: 0,
  pause: 0,
  stall: 0,
  store: 0,
  awsThrottled: 0,
  awsUnavailable: 0,
  awsRefused: 0,
  awsTimeout: 0,
  awsSwallowed: 0,
  awsLag: 0,
  awsEdited: 0,
  publish: 0,
  unrecorded: 0,
  duplicate: 0,
  delay: 0,
  applyReceivesMax: 25,
};

const upToBy = (random: Random) => (max: number) => (random.chance(0.5) ? (random.int(1, 100) / 100) * max : 0);

/** Each run has some kinds of faults and not others, so that rare kinds are not drowned by common ones. */
export function faultsFor(random: Random): Faults {
  const upTo = upToBy(random);
  return {
    ...NO_FAULTS,
    crash: upTo(0.03),
    pause: upTo(0.02),
    stall: upTo(0.06),
    store: upTo(0.03),
    awsThrottled: upTo(0.15),
    awsUnavailable: upTo(0.08),
    awsRefused: upTo(0.01),
    awsTimeout: upTo(0.1),
    awsSwallowed: upTo(0.03),
    publish: upTo(0.1),
    duplicate: upTo(0.3),
    delay: upTo(0.3),
    applyReceivesMax: random.pick([3, 6, 25]),
  };
}

/** How often the audit log's queue takes no records. */
export function recordFaultsFor(random: Random): Pick<Faults, 'unrecorded'> {
  return { unrecorded: upToBy(random)(0.15) };
}

/** What others do to launch templates, and how EC2 shows them. */
export function templateFaultsFor(random: Random): Pick<Faults, 'awsLag' | 'awsEdited'> {
  const upTo = upToBy(random);
  return { awsLag: upTo(0.5), awsEdited: upTo(0.08) };
}

export type CallKind =
  | 'store_read'
  | 'store_write'
  | 'send'
  | 'aws_read'
  | 'aws_write'
  | 'recovery_start'
  | 'recovery_find';

/** What happens to one call. `before` it has its effect, `after` it had; `instead`: it is answered and has none. */
export type Fault =
  | { readonly kind: 'none' }
  | { readonly kind: 'crash'; readonly when: 'before' | 'after' }
  | { readonly kind: 'pause_after'; readonly ms: number }
  | { readonly kind: 'fail'; readonly when: 'before' | 'after'; readonly error: Error }
  | { readonly kind: 'swallow' };

export function drawFault(call: CallKind, faults: Faults, random: Random): Fault {
  const when = random.pick(['before', 'after'] as const);
  if (random.chance(faults.crash)) return { kind: 'crash', when };
  if (random.chance(faults.pause)) return { kind: 'pause_after', ms: pauseMs(random) };
  if (random.chance(faults.stall)) return { kind: 'pause_after', ms: random.int(500, 15_000) };
  switch (call) {
    case 'store_read':
    case 'store_write':
      return random.chance(faults.store) ? { kind: 'fail', when, error: new Error('the store does not answer') } : NONE;
    case 'send':
      return random.chance(faults.publish) ? { kind: 'fail', when, error: new Error('entries were refused') } : NONE;
    case 'aws_read':
    case 'recovery_find':
      return drawAwsRead(faults, random);
    case 'aws_write':
    case 'recovery_start':
      return drawAwsWrite(call, faults, random);
  }
}

/** Longer than a lease; often longer than a message stays invisible, or than one caller may take to start a wave. */
export function pauseMs(random: Random): number {
  return random.int(26_000, 200_000);
}

const NONE: Fault = { kind: 'none' };

function drawAwsRead(faults: Faults, random: Random): Fault {
  if (random.chance(faults.awsThrottled)) return failed('throttled', random);
  return random.chance(faults.awsUnavailable) ? failed('unavailable', random) : NONE;
}

function drawAwsWrite(call: CallKind, faults: Faults, random: Random): Fault {
  if (call === 'recovery_start') return drawStart(faults, random);
  const read = drawAwsRead(faults, random);
  if (read.kind !== 'none') return read;
  if (random.chance(faults.awsRefused)) return failed('refused', random);
  if (random.chance(faults.awsTimeout)) return { kind: 'fail', when: 'after', error: timedOut() };
  return random.chance(faults.awsSwallowed) ? { kind: 'swallow' } : NONE;
}

/** There are few of these calls and much depends on them, so here the faults that a run has are common. */
function drawStart(faults: Faults, random: Random): Fault {
  const has = (probability: number) => probability > 0 && random.chance(0.3);
  if (has(faults.awsThrottled)) return failed('throttled', random);
  if (has(faults.awsRefused)) return failed('refused', random);
  if (has(faults.crash)) return { kind: 'crash', when: 'after' };
  return has(faults.awsTimeout) ? { kind: 'fail', when: 'after', error: timedOut() } : NONE;
}

const CODES = {
  throttled: 'ThrottlingException',
  unavailable: 'ServiceUnavailable',
  refused: 'ValidationException',
} as const;

function failed(kind: keyof typeof CODES, random: Random): Fault {
  const retryAfterSeconds = kind === 'throttled' ? random.int(1, 5) : undefined;
  const message = `${kind} by AWS`;
  const known = { kind, operation: 'Call', awsCode: CODES[kind], message, cause: undefined };
  return {
    kind: 'fail',
    when: 'before',
    error: new AwsCallError({ ...known, answered: kind !== 'unavailable', retryAfterSeconds }),
  };
}

function timedOut(): AwsCallError {
  const message = 'no answer in time';
  const unknown = { operation: 'Call', awsCode: 'TimeoutError', message, answered: false, cause: undefined };
  return new AwsCallError({ kind: 'unavailable', ...unknown });
}
