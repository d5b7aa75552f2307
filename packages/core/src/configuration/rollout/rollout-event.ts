import type { VersionRef } from '@prelaunch/contracts/configuration';
import { ConfigurationPublished, type PrelaunchEvent } from '@prelaunch/contracts/events';
import { announce } from '../../group/announce.ts';
import type { EventPublisher } from '../../group/ports.ts';
import type { Catalogue, RolloutMark } from '../configuration.ts';
import { markOf } from './change-mark.ts';

/** Of a version that has not come to all groups yet. */
export async function announceRollout(
  ref: VersionRef,
  catalogue: Catalogue,
  deps: { readonly events: EventPublisher },
): Promise<void> {
  const mark = markOf(catalogue, ref);
  if (mark) await announce(configurationPublished(ref.configurationId, mark, catalogue), deps);
}

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
