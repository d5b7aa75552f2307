import { ConfigurationPublished, type PrelaunchEvent } from '@prelaunch/contracts/events';
import type { Catalogue, RolloutMark } from '../configuration.ts';

/** Says that a version is on its way to groups. Said again, it makes a rollout that stood still go on. */
export function configurationPublished(
  configurationId: string,
  mark: RolloutMark,
  { revision }: Catalogue,
): PrelaunchEvent {
  const { version, previous, correlationId } = mark;
  const data = { configurationId, version, previousVersion: previous.at(-1) ?? null, catalogueRevision: revision };
  return { type: ConfigurationPublished.type, detail: { version: '1', correlationId, data } };
}
