import { ownValue } from '../own-value.ts';
import { type EffectiveSettings, effectiveSettings, type Inherited } from '../settings/effective-settings.ts';
import type { Group } from './group.ts';

type Stated = Pick<Group, 'launchConfig' | 'serverOverrides'>;

/** The settings of each member of a group: what the group inherits, then what it states, then what it states for the server. */
export function memberSettings(
  { launchConfig, serverOverrides }: Stated,
  inherited: Inherited,
): (serverId: string) => EffectiveSettings {
  const ofGroup = { at: 'launchConfig', by: { layer: 'launchConfig' }, stated: launchConfig } as const;
  let shared: EffectiveSettings | undefined;
  return (serverId) => {
    const stated = ownValue(serverOverrides, serverId);
    if (stated !== undefined) {
      const own = { at: `serverOverrides.${serverId}`, by: { layer: 'serverOverrides' }, stated } as const;
      return effectiveSettings(inherited, [ofGroup, own]);
    }
    shared ??= effectiveSettings(inherited, [ofGroup]);
    return shared;
  };
}
