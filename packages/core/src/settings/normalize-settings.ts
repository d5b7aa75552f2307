import { hash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { LaunchSettings, SettingName } from '@prelaunch/contracts/launch-settings';
import canonicalize from 'canonicalize';

/**
 * Version of the recipe below. Bump it when the same settings would hash differently, and ship the bump with a pass that
 * re-hashes stored settings: a hash of another version allows no verdict, it is never a difference.
 */
export const HASH_VERSION = 1;

/** Values that AWS leaves out when reading back, so stating them and not having them mean the same. */
const DEFAULTS: LaunchSettings = {
  launchDisposition: 'STARTED',
  copyPrivateIp: false,
  copyTags: false,
  licensing: { osByol: false },
  postLaunchEnabled: false,
  monitoring: { enabled: false },
  tenancy: 'default',
  tags: {},
};
const METADATA_DEFAULTS: NonNullable<LaunchSettings['metadataOptions']> = {
  httpEndpoint: 'enabled',
  httpProtocolIpv6: 'disabled',
  instanceMetadataTags: 'disabled',
};

/** One form for settings that mean the same: sets sorted and without repeats, nothing undefined. */
export function normalizeSettings(settings: LaunchSettings): LaunchSettings {
  const stated = withoutUndefined(settings);
  if (stated.securityGroupIds) stated.securityGroupIds = [...new Set(stated.securityGroupIds)].sort();
  return stated;
}

/** True when both state the same settings with the same values: a definition has not changed. Stating a default counts. */
export function sameStatement(one: LaunchSettings, other: LaunchSettings): boolean {
  return canonicalSettings(one) === canonicalSettings(other);
}

/** The one text for what is stated, defaults included. */
export function canonicalSettings(settings: LaunchSettings): string {
  return canonical(normalizeSettings(settings));
}

/**
 * Fingerprint of what settings amount to: `sha256:` of the canonical JSON (RFC 8785), defaults and nulls dropped, so that neither
 * order nor number types nor stated defaults change it. Kept together with `HASH_VERSION`.
 */
export function hashSettings(settings: LaunchSettings): string {
  return `sha256:${hash('sha256', canonical(meaningOf(settings)))}`;
}

/** True when both amount to the same on AWS. */
export function sameEffect(one: LaunchSettings, other: LaunchSettings): boolean {
  return hashSettings(one) === hashSettings(other);
}

/** What settings amount to: asking for none and there being none are the same, and so are a default and not stating it. */
function meaningOf(settings: LaunchSettings): Record<string, unknown> {
  const meant: Record<string, unknown> = {};
  for (const [name, stated] of Object.entries(settings)) {
    const value = valueMeant(name, stated);
    if (value !== undefined && !isDefault(name, value)) meant[name] = value;
  }
  return meant;
}

function valueMeant(name: string, stated: unknown): unknown {
  if (stated === null || typeof stated !== 'object') return stated ?? undefined;
  if (Array.isArray(stated)) return [...new Set(stated)].sort();
  const defaults: Record<string, unknown> = name === 'metadataOptions' ? METADATA_DEFAULTS : {};
  const entries = Object.entries(stated);
  const kept = entries.filter(
    ([key, value]) =>
      value !== null && value !== undefined && (!Object.hasOwn(defaults, key) || defaults[key] !== value),
  );
  if (name === 'metadataOptions' && kept.length === 0) return undefined;
  return kept.length === entries.length ? stated : Object.fromEntries(kept);
}

function isDefault(name: string, value: unknown): boolean {
  return Object.hasOwn(DEFAULTS, name) && isDeepStrictEqual(value, DEFAULTS[name as SettingName]);
}

/** A copy, so that nobody changes what somebody else has. */
function withoutUndefined<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(withoutUndefined) as T;
  const stated = Object.entries(value).filter(([, inner]) => inner !== undefined);
  return Object.fromEntries(stated.map(([key, inner]) => [key, withoutUndefined(inner)])) as T;
}

function canonical(value: unknown): string {
  return canonicalize(value) ?? '';
}
