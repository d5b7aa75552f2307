import type { LaunchSettings } from '@prelaunch/contracts/launch-settings';
import { HASH_VERSION, hashSettings } from '../settings/normalize-settings.ts';

/**
 * The golden configuration of a source server or of an instance: what AWS was read to have when that was known to be right. A version
 * never changes; the newest counts.
 */
export interface Baseline {
  /** Of a source server, or of an instance. */
  readonly instanceId: string;
  /** From 1 on. */
  readonly version: number;
  readonly capturedAt: string;
  /** Of the configuration graph that the settings were resolved from; 0 for what a group states itself. */
  readonly configRevision: number;
  /** Of the group. */
  readonly generation: number;
  readonly hash: string;
  readonly hashVersion: number;
  readonly launchTemplateId?: string;
  readonly launchTemplateVersion?: number;
  /** All that Prelaunch knows of, stated or not. */
  readonly settings: LaunchSettings;
}

/** A baseline of what was read, with its fingerprint. */
export function baselineOf(captured: Omit<Baseline, 'hash' | 'hashVersion'>): Baseline {
  return { ...captured, hash: hashSettings(captured.settings), hashVersion: HASH_VERSION };
}

/** A fingerprint of another recipe allows no verdict. The settings themselves are as good as ever. */
export function isOfThisRecipe({ hashVersion }: Baseline): boolean {
  return hashVersion === HASH_VERSION;
}
