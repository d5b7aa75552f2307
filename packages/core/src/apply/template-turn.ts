import type { Clock } from '../group/ports.ts';
import type { Permit, SourceServer } from '../group/source-server.ts';
import { hashSettings } from '../settings/normalize-settings.ts';
import type { Target } from './ports.ts';
import { RateBudgetError, type RateBudgets } from './rate-budgets.ts';
import { templatePart } from './setting-parts.ts';

/**
 * How long a permit may be used. An account's bucket holds this many seconds' worth of tokens; permits that were kept longer
 * could be used all at once and ask for more than it has.
 */
const PERMIT_LIFE_MS = 20_000;

/**
 * How much later than its tokens come a turn is that has to be waited for. AWS's bucket begins to refill with the first request that
 * reaches it, ours with the decision to make it, some time before.
 */
const LEEWAY_MS = 2_000;

/** The class by which waiting for a turn is told. */
export const TURN_CLASS = 'CreateLaunchTemplateVersion';

/** Uses the right to one write of a launch template. Throws `RateBudgetError` when it is somebody else's turn. */
export type TemplateTurn = () => Promise<void>;

interface TurnDeps {
  readonly budgets: RateBudgets;
  readonly now: Clock;
}

/** True when the template is known to differ: never read back, or read back with other settings. Reading it first would be in vain. */
export function expectsTemplateWrite({ desired, applied }: SourceServer): boolean {
  const wanted = templatePart(desired?.settings ?? {});
  return Object.keys(wanted).length > 0 && hashSettings(wanted) !== applied?.templateHash;
}

/** Reserves one write of a launch template: a version, and making it the default. */
export async function reserveTurn(target: Target, { budgets, now }: TurnDeps): Promise<Permit> {
  const times = await Promise.all([
    budgets.take(target, 'CreateLaunchTemplateVersion', 1),
    budgets.take(target, 'ModifyLaunchTemplate', 1),
  ]);
  const from = Math.max(...times);
  return { from: from <= now().getTime() ? from : from + LEEWAY_MS };
}

/** The permit that a server holds, as long as it may still be used. */
export function heldPermit({ permit }: SourceServer, now: Date): Permit | undefined {
  return permit && now.getTime() < permit.from + PERMIT_LIFE_MS ? permit : undefined;
}

export function isDue(permit: Permit, now: Date): boolean {
  return permit.from <= now.getTime();
}

/** The message has to come back when the permit is due. */
export function waitForTurn(permit: Permit, now: Date): RateBudgetError {
  return new RateBudgetError(TURN_CLASS, permit.from, now);
}
