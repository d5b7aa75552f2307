import type { LaunchSettings } from '@prelaunch/contracts/launch-settings';
import { type Group, isLagging } from '../group/group.ts';
import { catalogueFor, isBehind } from '../group/inheritance.ts';
import { memberSettings } from '../group/member-settings.ts';
import { type InheritanceDeps, inheritanceNow } from '../group/settle-inheritance.ts';
import type { SourceServer } from '../group/source-server.ts';

/** What a server of a group should have now. Undefined where nothing sound is stated. */
export type DesiredNow = (server: SourceServer) => LaunchSettings | undefined;

/**
 * What the configuration says of a group's servers now, resolved anew. While something newer is already on its way to the group, by
 * a change or by a rollout, what it was planned with counts: that way is staged and checked, and no audit is to overtake it.
 */
export async function desiredNow(group: Group, deps: InheritanceDeps): Promise<DesiredNow> {
  if (await isWaiting(group, deps)) return ({ desired }) => desired?.settings;
  const { inherited, problem } = await inheritanceNow(group, deps);
  if (problem) return () => undefined;
  const settingsOf = memberSettings(group, inherited);
  return ({ serverId }) => {
    const { settings, problems } = settingsOf(serverId);
    return problems.length > 0 ? undefined : settings;
  };
}

/** True while something newer is on its way to a group: a change that is not planned yet, or a rollout. */
export async function isWaiting(group: Group, deps: Pick<InheritanceDeps, 'configurations'>): Promise<boolean> {
  return isLagging(group) || isBehind(group, await catalogueFor([group], deps));
}
