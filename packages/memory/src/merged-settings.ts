import type { LaunchSettings } from '@prelaunch/contracts/launch-settings';

/** Settings as AWS has them after a change: tags and metadata options are merged by their keys, and `null` removes. */
export function merged(base: LaunchSettings, changes: LaunchSettings): LaunchSettings {
  const { tags: _tags, ...others } = { ...base, ...changes };
  const tags = withoutNulls({ ...base.tags, ...changes.tags });
  const metadataOptions = { ...base.metadataOptions, ...changes.metadataOptions };
  return {
    ...withoutNulls(others),
    ...(Object.keys(tags).length > 0 && { tags }),
    ...(Object.keys(metadataOptions).length > 0 && { metadataOptions }),
  };
}

export function withoutNulls<T extends object>(values: T): T {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== null)) as T;
}
