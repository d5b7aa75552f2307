import { physicalName } from '@prelaunch/topology/names';
import type { TopicSpec } from '@prelaunch/topology/shape';
import type { EmbeddedSns } from './embedded-sns.ts';

/** Creates the topics under their physical names. */
export function createTopics(topics: Readonly<Record<string, TopicSpec>>, stage: string, sns: EmbeddedSns): void {
  for (const [id, { displayName }] of Object.entries(topics)) sns.createTopic(physicalName(stage, id), displayName);
}
