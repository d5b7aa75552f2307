import { isDeepStrictEqual } from 'node:util';
import type { ConfigurationContent } from '@prelaunch/contracts/configuration';
import type { CompareConfigurationVersionsResponse } from '@prelaunch/contracts/operations/configurations';
import { ownValue } from '../own-value.ts';
import { changedKeys } from '../settings/changed-keys.ts';

type Difference = CompareConfigurationVersionsResponse['differences'][number];

/** Every place at which two versions say something else: settings and tags one by one, all else whole. */
export function versionDifferences(from: ConfigurationContent, to: ConfigurationContent): Difference[] {
  const patterns = [...new Set([...Object.keys(from.variants), ...Object.keys(to.variants)])];
  return [
    ...differing('parents', from.parents, to.parents),
    ...settingsDifferences('settings', from.settings, to.settings),
    ...patterns.flatMap((pattern) =>
      variantDifferences(pattern, ownValue(from.variants, pattern), ownValue(to.variants, pattern)),
    ),
    ...differing('unset', from.unset.toSorted(), to.unset.toSorted()),
    ...differing('locked', from.locked.toSorted(), to.locked.toSorted()),
    ...differing('description', from.description, to.description),
    ...differing('owner', from.owner, to.owner),
  ];
}

type Variant = ConfigurationContent['variants'][string] | undefined;

/** A variant that says nothing is told by its pattern alone. */
function variantDifferences(pattern: string, from: Variant, to: Variant): Difference[] {
  const at = `variants.${pattern}`;
  const found = settingsDifferences(at, from ?? {}, to ?? {});
  return found.length > 0 ? found : differing(at, from, to);
}

function settingsDifferences(at: string, from: ConfigurationContent['settings'], to: ConfigurationContent['settings']) {
  return changedKeys(from, to).flatMap(({ key, ...values }) => difference(`${at}.${key}`, values.from, values.to));
}

function differing(path: string, from: unknown, to: unknown): Difference[] {
  return isDeepStrictEqual(from, to) ? [] : difference(path, from, to);
}

function difference(path: string, from: unknown, to: unknown): Difference[] {
  return [{ path, ...(from !== undefined && { from }), ...(to !== undefined && { to }) }];
}
