import { DRS_SETTINGS, type LaunchSettings } from '@prelaunch/contracts/launch-settings';
import type { DrsSettings, TemplateSettings } from './ports.ts';

const inDrs = new Set<string>(DRS_SETTINGS);

/** The settings that DRS keeps. */
export function drsPart(settings: LaunchSettings): DrsSettings {
  return Object.fromEntries(Object.entries(settings).filter(([name]) => inDrs.has(name)));
}

/** The settings that the launch template holds. */
export function templatePart(settings: LaunchSettings): TemplateSettings {
  return Object.fromEntries(Object.entries(settings).filter(([name]) => !inDrs.has(name)));
}

export function isStated(settings: object): boolean {
  return Object.keys(settings).length > 0;
}
