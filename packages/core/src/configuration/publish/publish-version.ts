import { isDeepStrictEqual } from 'node:util';
import type { VersionRef } from '@prelaunch/contracts/configuration';
import { ContentionError } from '../../errors.ts';
import type { EventPublisher } from '../../group/ports.ts';
import { ownValue } from '../../own-value.ts';
import { type Catalogue, type ConfigurationVersion, type Head, headOf, type RolloutMark } from '../configuration.ts';
import type { ConfigurationStore } from '../ports.ts';
import { announceRollout } from '../rollout/rollout-event.ts';

export interface PublishVersionDeps {
  readonly configurations: ConfigurationStore;
  readonly events: EventPublisher;
}

/** How a version is made known: who did it, and when the rollout stops. */
export type Announcement = Pick<RolloutMark, 'maxFailureShare' | 'by' | 'requestedBy' | 'correlationId'>;

const ATTEMPTS_MAX = 10;

/**
 * Writes the version and its edges, then makes it visible, if the graph still is what the plan was made from. Undefined when
 * somebody published meanwhile.
 */
export async function publishVersion(
  version: ConfigurationVersion,
  announcement: Announcement,
  catalogue: Catalogue,
  deps: PublishVersionDeps,
): Promise<{ readonly version: ConfigurationVersion; readonly catalogue: Catalogue } | undefined> {
  const written = await writtenVersion(version, deps);
  let stored = catalogue;
  for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt += 1) {
    if (stored.revision !== catalogue.revision || !isDeepStrictEqual(holdsIn(stored), holdsIn(catalogue)))
      return undefined;
    const next = withHead(stored, written, announcement);
    if (await deps.configurations.saveCatalogue(next)) {
      await announceRollout(written.version, next, deps);
      return { version: written.version, catalogue: { ...next, version: next.version + 1 } };
    }
    stored = await deps.configurations.catalogue();
  }
  throw new ContentionError('the catalogue of configurations');
}

interface Written {
  readonly version: ConfigurationVersion;
  readonly skipped: readonly number[];
}

/** A number can be taken by a publisher who was overtaken, or stopped, before the catalogue named it. */
async function writtenVersion(version: ConfigurationVersion, { configurations }: PublishVersionDeps): Promise<Written> {
  let numbered = renumbered(version, version.version);
  for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt += 1) {
    if (await configurations.addVersion(numbered)) return { version: numbered, skipped: between(version, numbered) };
    const [newest] = await configurations.history(version.configurationId, { limit: 1 });
    const last = newest?.version ?? numbered.version;
    // By an earlier attempt of the very same request.
    if (newest && isSame(newest, renumbered(version, last)))
      return { version: newest, skipped: between(version, newest) };
    numbered = renumbered(version, last + 1);
  }
  throw new ContentionError(`configuration ${version.configurationId}`);
}

function renumbered(version: ConfigurationVersion, number: number): ConfigurationVersion {
  const [_itself, ...inherited] = version.lineage;
  const { configurationId } = version;
  return { ...version, version: number, lineage: [{ configurationId, version: number }, ...inherited] };
}

function isSame(one: ConfigurationVersion, other: ConfigurationVersion): boolean {
  return isDeepStrictEqual({ ...one, publishedAt: '' }, { ...other, publishedAt: '' });
}

function between({ version: first }: VersionRef, { version: taken }: VersionRef): number[] {
  return Array.from({ length: taken - first }, (_, index) => first + index);
}

/** What stopped rollouts leave to groups is a part of the graph. */
function holdsIn({ rollouts }: Catalogue): Record<string, number> {
  const stopped = Object.entries(rollouts).filter(([, { state }]) => state === 'stopped');
  return Object.fromEntries(stopped.map(([configurationId, { version }]) => [configurationId, version]));
}

function withHead(catalogue: Catalogue, { version, skipped }: Written, announcement: Announcement): Catalogue {
  const { configurationId } = version;
  const { [configurationId]: retired, ...others } = catalogue.retired;
  const before = ownValue(catalogue.heads, configurationId) ?? retired;
  return {
    ...catalogue,
    revision: catalogue.revision + 1,
    heads: { ...catalogue.heads, [configurationId]: headAfter(before, version.version, skipped) },
    retired: others,
    rollouts: {
      ...catalogue.rollouts,
      [configurationId]: {
        ...announcement,
        version: version.version,
        previous: earlier(catalogue, configurationId),
        state: 'running',
      },
    },
  };
}

function headAfter(before: Head | undefined, version: number, skipped: readonly number[]): Head {
  const all = [...(before?.skipped ?? []), ...skipped];
  return { version, ...(all.length > 0 && { skipped: all }) };
}

/** What groups may still have: the version before, and those before it as long as it had not come to all. */
function earlier(catalogue: Catalogue, configurationId: string): number[] {
  const head = headOf(catalogue, configurationId);
  const mark = ownValue(catalogue.rollouts, configurationId);
  return [...(mark?.previous ?? []), ...(head > 0 ? [head] : [])];
}
