import type { ConfigurationVersion } from '@prelaunch/core/configuration/configuration';
import { type Announcement, publishVersion } from '@prelaunch/core/configuration/publish/publish-version';
import type { MemoryWorld } from './memory-world.ts';
import { ANNOUNCEMENT, planned } from './plans.ts';

/** Publishes the next version of a configuration, whatever its plan says, and answers it. */
export async function published(
  stated: Partial<ConfigurationVersion>,
  world: MemoryWorld,
  announcement: Partial<Announcement> = {},
): Promise<ConfigurationVersion> {
  const { next } = await planned(stated, world);
  const catalogue = await world.configurations.catalogue();
  const done = await publishVersion(next, { ...ANNOUNCEMENT, ...announcement }, catalogue, world);
  if (!done) throw new Error('somebody else published meanwhile');
  return done.version;
}
