import { LaunchSettings, type SettingName } from '@prelaunch/contracts/launch-settings';
import { combinationProblems } from './combination-rules.ts';
import { normalizeSettings } from './normalize-settings.ts';
import { type Problem, problemsOf } from './problems.ts';

export type EffectiveSettings =
  | { readonly kind: 'settings'; readonly settings: LaunchSettings }
  | { readonly kind: 'invalid'; readonly problems: readonly Problem[] };

/** Settings as somebody stated them, with the path under which problems are reported. */
interface Layer {
  readonly at: string;
  readonly stated: unknown;
}

/**
 * The settings of one server: the group's, then the server's own. The nearer layer wins setting by setting, lists replace,
 * `tags` merge by key. All problems of all layers come back at once; a layer that is absent states nothing.
 */
export function effectiveSettings(group: Layer, server: Layer): EffectiveSettings {
  const layers = [group, server].filter(({ stated }) => stated !== undefined);
  const parsed = layers.map(({ at, stated }) => ({ at, stated, result: LaunchSettings.safeParse(stated) }));
  const problems = parsed.flatMap(({ at, stated, result }) =>
    result.success ? [] : problemsOf(result.error, stated, { code: 'settings', at, schema: LaunchSettings }),
  );
  if (problems.length > 0) return { kind: 'invalid', problems };

  const settings = withImplied(merged(parsed.flatMap(({ result }) => (result.success ? [result.data] : []))));
  // Nearest first: what the server states itself hides what the group says.
  const statedAt = (setting: SettingName) =>
    parsed.findLast(({ result }) => result.success && result.data[setting] !== undefined)?.at ?? group.at;
  const combination = combinationProblems(settings, statedAt);
  return combination.length > 0 ? { kind: 'invalid', problems: combination } : { kind: 'settings', settings };
}

function merged(layers: readonly LaunchSettings[]): LaunchSettings {
  const folded: LaunchSettings = {};
  for (const layer of layers) {
    const tags = { ...folded.tags, ...layer.tags };
    Object.assign(folded, layer, Object.keys(tags).length > 0 && { tags });
  }
  return normalizeSettings(folded);
}

/**
 * What stating a setting asks for besides, unless it is stated otherwise: an instance type only holds with right-sizing off, and
 * DRS launches into an existing instance only while it copies neither address nor tags.
 */
function withImplied(settings: LaunchSettings): LaunchSettings {
  return {
    ...(settings.instanceType !== undefined && { targetInstanceTypeRightSizingMethod: 'NONE' }),
    ...(settings.launchIntoInstanceProperties && { copyPrivateIp: false, copyTags: false }),
    ...settings,
  };
}
