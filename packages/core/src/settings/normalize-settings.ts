import { createHash } from 'node:crypto';
import type { LaunchSettings } from '@prelaunch/contracts/launch-settings';
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
  return `sha256:${createHash('sha256')
    .update(canonical(withoutDefaults(normalizeSettings(settings))))
    .digest('hex')}`;
}

/** True when both amount to the same on AWS. */
export function sameEffect(one: LaunchSettings, other: LaunchSettings): boolean {
  return hashSettings(one) === hashSettings(other);
}

function withoutDefaults(settings: LaunchSettings): LaunchSettings {
  const kept = omitEqual(withoutNulls(settings), DEFAULTS);
  if (!kept.metadataOptions) return kept;
  const { metadataOptions, ...others } = kept;
  const metadata = omitEqual(metadataOptions, METADATA_DEFAULTS);
  return Object.keys(metadata).length === 0 ? others : { ...others, metadataOptions: metadata };
}

/** Asking for none and there being none are the same. */
function withoutNulls(settings: LaunchSettings): LaunchSettings {
  const tags = settings.tags && (omitNull(settings.tags) as LaunchSettings['tags']);
  return { ...omitNull(settings), ...(tags && { tags }) };
}

function omitNull<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, stated]) => stated !== null)) as T;
}

function omitEqual<T extends object>(value: T, defaults: Partial<T>): T {
  const known = defaults as Record<string, unknown>;
  const kept = Object.entries(value).filter(
    ([key, stated]) => known[key] === undefined || canonical(stated) !== canonical(known[key]),
  );
  return Object.fromEntries(kept) as T;
}

function withoutUndefined(settings: LaunchSettings): LaunchSettings {
  return JSON.parse(JSON.stringify(settings)) as LaunchSettings;
}

function canonical(value: unknown): string {
  return canonicalize(value) ?? '';
}
