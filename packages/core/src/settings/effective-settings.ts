import type { KeyProvenance, StatedBy } from '@prelaunch/contracts/configuration';
import { LaunchSettings, type SettingName } from '@prelaunch/contracts/launch-settings';
import { combinationProblems } from './combination-rules.ts';
import { type Fold, foldedSettings, layerOf, withLayer } from './fold-layers.ts';
import { normalizeSettings } from './normalize-settings.ts';
import { type Problem, problemsOf } from './problems.ts';
import { settingOf } from './setting-keys.ts';

/** What a server should have, and everything that is wrong with how it was stated. */
export interface EffectiveSettings {
  /** The settings nothing is wrong with by themselves; all of them where there are no problems. */
  readonly settings: LaunchSettings;
  readonly problems: readonly Problem[];
  /** Where a setting was stated: what is nearer hides what is farther. */
  readonly statedAt: (setting: SettingName) => string;
  /** By key, who won and who lost why. */
  readonly provenance: () => Record<string, KeyProvenance>;
  /** What is stated and has no effect, since it is locked farther away. */
  readonly lockHits: () => { readonly key: string; readonly lockedBy: StatedBy; readonly beaten: StatedBy }[];
}

/** Settings as somebody stated them, with the path under which problems are reported. */
export interface StatedLayer {
  readonly at: string;
  readonly by: StatedBy;
  readonly stated: unknown;
}

/** What stated layers stand on: inherited settings, which depend on the instance type where there are variants of them. */
export interface Inherited {
  /** Without an instance type, what holds for all of them. */
  foldFor(instanceType: string | undefined): Fold;
  readonly hasVariants: boolean;
}

interface ReadLayer extends StatedLayer {
  readonly sound: LaunchSettings;
  readonly problems: readonly Problem[];
  /** First path elements of what is wrong. */
  readonly unsound: readonly string[];
}

/**
 * The settings that layers amount to, the farthest first: the nearer layer wins setting by setting, lists replace, `tags` merge by
 * key, and what is locked farther away stays. All problems of all layers come back at once; a layer that is absent states nothing.
 */
export function effectiveSettings(
  inherited: Inherited,
  stated: readonly StatedLayer[],
  instanceType?: string,
): EffectiveSettings {
  const layers = stated.filter((layer) => layer.stated !== undefined).map(read);
  const unsound = new Set(layers.flatMap((layer) => layer.unsound));
  const fold = folded(inherited, layers, instanceType, unsound);
  const own = without(unsound, foldedSettings(fold));
  const implied = impliedBy(own);
  const settings = implied === NOTHING_IMPLIED ? own : { ...implied.settings, ...own };
  const statedAt = placeIn(fold, layers, stated[0]?.at);
  const problems = [
    ...layers.flatMap((layer) => layer.problems),
    ...combinationProblems(settings, { at: statedAt, unsound }),
  ];
  return {
    settings,
    problems,
    statedAt,
    provenance: () => provenanceOf(fold, { unsound, own, implied }),
    lockHits: () => lockHitsIn(fold),
  };
}

/** Which variants apply depends on the instance type that all layers amount to, and variants never state one. */
function folded(
  inherited: Inherited,
  layers: readonly ReadLayer[],
  instanceType: string | undefined,
  unsound: ReadonlySet<string>,
): Fold {
  const plain = onto(inherited.foldFor(instanceType), layers);
  if (instanceType !== undefined || !inherited.hasVariants) return plain;
  const { instanceType: effective } = without(unsound, foldedSettings(plain));
  return effective === undefined ? plain : onto(inherited.foldFor(effective), layers);
}

function onto(fold: Fold, layers: readonly ReadLayer[]): Fold {
  return layers.reduce((nearer, { by, sound }) => withLayer(nearer, layerOf(by, sound)), fold);
}

function read(layer: StatedLayer): ReadLayer {
  const { at, stated } = layer;
  const parsed = LaunchSettings.safeParse(stated);
  if (parsed.success) return { ...layer, sound: normalizeSettings(parsed.data), problems: [], unsound: [] };
  const problems = problemsOf(parsed.error, stated, { code: 'settings', at, schema: LaunchSettings });
  const unsound = parsed.error.issues.flatMap((issue) =>
    issue.code === 'unrecognized_keys' && issue.path.length === 0 ? issue.keys : issue.path.slice(0, 1).map(String),
  );
  const rest = LaunchSettings.safeParse(without(new Set(unsound), Object(stated) as object));
  return { ...layer, sound: rest.success ? normalizeSettings(rest.data) : {}, problems, unsound };
}

function without<T extends object>(names: ReadonlySet<string>, settings: T): T {
  if (names.size === 0) return settings;
  return Object.fromEntries(Object.entries(settings).filter(([name]) => !names.has(name))) as T;
}

interface Implied {
  readonly settings: LaunchSettings;
  /** What each of them goes together with. */
  readonly by: Partial<Record<SettingName, SettingName>>;
}

const NOTHING_IMPLIED: Implied = { settings: {}, by: {} };

/**
 * What stating a setting asks for besides, unless it is stated otherwise: an instance type only holds with right-sizing off, and
 * DRS launches into an existing instance only while it copies neither address nor tags.
 */
function impliedBy({ instanceType, launchIntoInstanceProperties }: LaunchSettings): Implied {
  if (instanceType === undefined && !launchIntoInstanceProperties) return NOTHING_IMPLIED;
  const into = 'launchIntoInstanceProperties';
  return {
    settings: {
      ...(instanceType !== undefined && { targetInstanceTypeRightSizingMethod: 'NONE' }),
      ...(launchIntoInstanceProperties && { copyPrivateIp: false, copyTags: false }),
    },
    by: { targetInstanceTypeRightSizingMethod: 'instanceType', copyPrivateIp: into, copyTags: into },
  };
}

/** Where the winner of a setting stands. What nobody states would be stated by the group. */
function placeIn(
  { states }: Fold,
  layers: readonly ReadLayer[],
  farthest = 'launchConfig',
): EffectiveSettings['statedAt'] {
  return (setting) => {
    const by = states.get(setting)?.winner?.by;
    if (by?.layer === 'configuration') return `configurations.${by.configurationId}@${by.version}`;
    return layers.find((layer) => layer.by === by)?.at ?? farthest;
  };
}

function lockHitsIn({ states, locks }: Fold): ReturnType<EffectiveSettings['lockHits']> {
  if (locks.length === 0) return [];
  return [...states].flatMap(([key, { losers }]) =>
    losers
      .filter(({ reason }) => reason === 'locked')
      .map(({ by, beatenBy }) => ({ key, lockedBy: beatenBy, beaten: by })),
  );
}

function provenanceOf(
  { states }: Fold,
  { unsound, own, implied }: { unsound: ReadonlySet<string>; own: LaunchSettings; implied: Implied },
): Record<string, KeyProvenance> {
  const found: Record<string, KeyProvenance> = {};
  for (const [key, state] of states) if (unsound.size === 0 || !unsound.has(settingOf(key))) found[key] = state;
  for (const [setting, value] of Object.entries(implied.settings)) {
    const by = implied.by[setting as SettingName];
    if (by === undefined || Object.hasOwn(own, setting)) continue;
    const losers = found[setting]?.losers ?? [];
    found[setting] = { winner: { by: { layer: 'implied', setting: by }, value }, losers };
  }
  return found;
}
