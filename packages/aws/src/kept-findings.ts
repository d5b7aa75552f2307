import type { Target } from '@prelaunch/core/apply/ports';
import type { Clock } from '@prelaunch/core/group/ports';

/** Long enough for a large group to be planned with a few calls, short enough that what is deleted is soon missed. */
const KEPT_MS = 5 * 60 * 1000;

/** Looks up what is known under these keys; what is absent from the answer does not exist. */
export type Find<Finding> = (keys: readonly string[]) => Promise<ReadonlyMap<string, Finding>>;

/** Keeps what was found in a target for a while. Absence is not kept: somebody is about to mend it. */
export function keptFindings<Finding>(now: Clock) {
  const kept = new Map<string, { readonly finding: Finding; readonly until: number }>();
  const placeOf = ({ accountId, region }: Target, key: string) => `${accountId}/${region}/${key}`;

  function known(target: Target, key: string): Finding | undefined {
    const found = kept.get(placeOf(target, key));
    return found && found.until > now().getTime() ? found.finding : undefined;
  }

  return async (target: Target, keys: readonly string[], find: Find<Finding>): Promise<Map<string, Finding>> => {
    const found = new Map<string, Finding>();
    for (const key of keys) {
      const finding = known(target, key);
      if (finding !== undefined) found.set(key, finding);
    }
    const until = now().getTime() + KEPT_MS;
    for (const [key, finding] of await find(keys.filter((key) => !found.has(key)))) {
      kept.set(placeOf(target, key), { finding, until });
      found.set(key, finding);
    }
    return found;
  };
}
