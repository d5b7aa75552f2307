import { LaunchSettings, type SettingName } from '@prelaunch/contracts/launch-settings';
import { combinationProblems } from './combination-rules.ts';
import { normalizeSettings } from './normalize-settings.ts';
import { type Problem, problemsOf } from './problems.ts';

/** What a server should have, and everything that is wrong with how it was stated. */
export interface EffectiveSettings {
  /** The settings nothing is wrong with by themselves; all of them where there are no problems. */
  readonly settings: LaunchSettings;
  readonly problems: readonly Problem[];
  /** Where a setting was stated, nearest first: what the server states itself hides what the group says. */
  readonly statedAt: (setting: SettingName) => string;
}

/** Settings as somebody stated them, with the path under which problems are reported. */
interface Layer {
  readonly at: string;
  readonly stated: unknown;
}

interface ReadLayer {
  readonly at: string;
  readonly sound: LaunchSettings;
  readonly problems: readonly Problem[];
  /** First path elements of what is wrong. */
  readonly unsound: readonly string[];
}

/**
 * The settings of one server: the group's, then the server's own. The nearer layer wins setting by setting, lists replace,
 * `tags` merge by key. All problems of all layers come back at once; a layer that is absent states nothing.
 */
export function effectiveSettings(group: Layer, server: Layer): EffectiveSettings {
  const layers = [group, server].filter(({ stated }) => stated !== undefined).map(read);
  const unsound = new Set(layers.flatMap((layer) => layer.unsound));
  const settings = withImplied(without(unsound, merged(layers.map(({ sound }) => sound))));
  const statedAt = (setting: SettingName) =>
    layers.findLast(({ sound }) => sound[setting] !== undefined)?.at ?? group.at;
  const problems = [
    ...layers.flatMap((layer) => layer.problems),
    ...combinationProblems(settings, { at: statedAt, unsound }),
  ];
  return { settings, problems, statedAt };
}

function read({ at, stated }: Layer): ReadLayer {
  const parsed = LaunchSettings.safeParse(stated);
  if (parsed.success) return { at, sound: parsed.data, problems: [], unsound: [] };
  const problems = problemsOf(parsed.error, stated, { code: 'settings', at, schema: LaunchSettings });
  const unsound = parsed.error.issues.flatMap((issue) =>
    issue.code === 'unrecognized_keys' && issue.path.length === 0 ? issue.keys : issue.path.slice(0, 1).map(String),
  );
  const rest = LaunchSettings.safeParse(without(new Set(unsound), Object(stated) as object));
  return { at, sound: rest.success ? rest.data : {}, problems, unsound };
}

function without<T extends object>(names: ReadonlySet<string>, settings: T): T {
  return Object.fromEntries(Object.entries(settings).filter(([name]) => !names.has(name))) as T;
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
