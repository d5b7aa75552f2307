import type { EC2Client } from '@aws-sdk/client-ec2';
import type { Target } from '@prelaunch/core/apply/ports';
import { RateBudgetError, type RateBudgets, type RateClass } from '@prelaunch/core/apply/rate-budgets';
import type { Clock } from '@prelaunch/core/group/ports';
import { aroundCalls } from './around-calls.ts';

/** Lets one request through. Throws `RateBudgetError` while the next one's time is still ahead. */
export type RatePermit = () => Promise<void>;

/** Tokens that were taken are not kept for long, or many processes with a store of them would exceed a burst together. */
const KEPT_MS = 10_000;

/** Describes are many and cheap: one look at the shared budget serves several. */
const DESCRIBES_PER_TAKE = 10;

interface RateDeps {
  readonly budgets: RateBudgets;
  readonly now: Clock;
}

/**
 * Takes blocks of `size` tokens from a shared budget and hands them out here. A block whose time is still ahead is kept for
 * whoever comes then, so that coming too early costs no tokens.
 */
export function ratePermit(target: Target, rateClass: RateClass, size: number, { budgets, now }: RateDeps): RatePermit {
  let block = { from: 0, until: 0, left: 0 };
  let taking: Promise<void> | undefined;

  async function takeBlock(): Promise<void> {
    const from = await budgets.take(target, rateClass, size);
    block = { from, until: Math.max(from, now().getTime()) + KEPT_MS, left: size };
  }

  return async () => {
    while (block.left === 0 || block.until <= now().getTime()) {
      taking ??= takeBlock().finally(() => {
        taking = undefined;
      });
      await taking;
    }
    if (block.from > now().getTime()) throw new RateBudgetError(rateClass, block.from, now());
    block.left -= 1;
  };
}

/** Of these EC2 counts each by itself (EC2 user guide, API throttling), and whoever makes them has a token for each server. */
const COUNTED_ALONE: ReadonlySet<string> = new Set<RateClass>(['CreateLaunchTemplateVersion', 'ModifyLaunchTemplate']);

/** Makes a client ask for a permit before each read and each change, but for the writes of versions and defaults. */
export function askForPermits(ec2: EC2Client, target: Target, deps: RateDeps): void {
  const reads = ratePermit(target, 'describe', DESCRIBES_PER_TAKE, deps);
  const changes = ratePermit(target, 'mutating', 1, deps);
  aroundCalls(ec2, { name: 'ratePermits' }, async (commandName, send) => {
    const operation = commandName.replace(/Command$/, '');
    if (/^(Describe|Get|List|Search)/.test(operation)) await reads();
    else if (!COUNTED_ALONE.has(operation)) await changes();
    return send();
  });
}
