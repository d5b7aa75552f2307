import type { LaunchSettings, SettingName } from '@prelaunch/contracts/launch-settings';
import { type Problem, shown } from './problems.ts';

interface Rule {
  readonly setting: SettingName;
  /** The setting that it has to go together with. */
  readonly with: SettingName;
  readonly broken: (settings: LaunchSettings) => boolean;
  readonly allowed: string;
  /** `contradiction`: what is stated does not go together. `incomplete`: something else has to be stated too, perhaps nearer. */
  readonly kind: 'contradiction' | 'incomplete';
}

/**
 * Combinations that AWS refuses, or accepts and then fights or fails on at launch
 * (DRS user guide: launch settings, EC2 launch template, key considerations).
 */
const RULES: readonly Rule[] = [
  {
    setting: 'targetInstanceTypeRightSizingMethod',
    with: 'instanceType',
    broken: (s) => s.instanceType !== undefined && s.targetInstanceTypeRightSizingMethod !== 'NONE',
    kind: 'contradiction',
    allowed: 'NONE while instanceType is set: right-sizing overwrites the instance type',
  },
  {
    setting: 'securityGroupIds',
    with: 'subnetId',
    broken: (s) => isSet(s.securityGroupIds) && s.subnetId === undefined,
    kind: 'incomplete',
    allowed: 'stated only together with subnetId',
  },
  {
    setting: 'privateIpAddress',
    with: 'subnetId',
    broken: (s) => isSet(s.privateIpAddress) && s.subnetId === undefined,
    kind: 'incomplete',
    allowed: 'stated only together with subnetId',
  },
  {
    setting: 'privateIpAddress',
    with: 'copyPrivateIp',
    broken: (s) => s.privateIpAddress !== undefined && s.copyPrivateIp === true,
    kind: 'contradiction',
    allowed: 'absent while copyPrivateIp is true: DRS writes the address of the source every hour',
  },
  {
    setting: 'copyPrivateIp',
    with: 'launchIntoInstanceProperties',
    broken: (s) => isSet(s.launchIntoInstanceProperties) && s.copyPrivateIp === true,
    kind: 'contradiction',
    allowed: 'false while launchIntoInstanceProperties is set',
  },
  {
    setting: 'copyTags',
    with: 'launchIntoInstanceProperties',
    broken: (s) => isSet(s.launchIntoInstanceProperties) && s.copyTags === true,
    kind: 'contradiction',
    allowed: 'false while launchIntoInstanceProperties is set',
  },
];

/** What contradicts itself, whatever nearer layers add: for settings that are not complete yet. */
export function contradictions(settings: LaunchSettings, at: (setting: SettingName) => string): Problem[] {
  return problemsBy(
    RULES.filter(({ kind }) => kind === 'contradiction'),
    settings,
    { at, unsound: new Set() },
  );
}

interface Context {
  readonly at: (setting: SettingName) => string;
  readonly unsound: ReadonlySet<string>;
}

/**
 * Every combination that is not allowed in effective settings, all at once. `at` says where a setting was stated; nothing is said
 * of combinations with settings that are `unsound` by themselves.
 */
export function combinationProblems(settings: LaunchSettings, context: Context): Problem[] {
  return problemsBy(RULES, settings, context);
}

function problemsBy(rules: readonly Rule[], settings: LaunchSettings, { at, unsound }: Context): Problem[] {
  const broken = rules.filter((rule) => !unsound.has(rule.setting) && !unsound.has(rule.with) && rule.broken(settings));
  return broken.map(({ setting, allowed }) => {
    const path = `${at(setting)}.${setting}`;
    const message = `${path} must be ${allowed}`;
    return { code: 'settings.combination', message, path, value: shown(setting, settings[setting]), allowed };
  });
}

/** `null` asks for there being none. */
function isSet(value: unknown): boolean {
  return value !== undefined && value !== null;
}
