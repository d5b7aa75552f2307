import path from 'node:path';

export const ROOT = path.resolve(import.meta.dirname, '../../..');

/** Where `sst install` unpacks the component sources, their types and their dependencies. */
export const PLATFORM = path.join(ROOT, '.sst/platform');
