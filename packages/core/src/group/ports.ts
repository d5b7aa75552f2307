import type { PrelaunchEvent } from '@prelaunch/contracts/events';
import type { ApplyRequest } from '@prelaunch/contracts/messages';
import type { Group } from './group.ts';
import type { SourceServer } from './source-server.ts';

/** Reads are strongly consistent. Writes are compare-and-set on `version`: false means somebody wrote first, and nothing was written. */
export interface GroupStore {
  /** The groups that exist, in one round trip for up to 100 ids; the others are absent. */
  getMany(groupIds: readonly string[]): Promise<Map<string, Group>>;
  save(group: Group): Promise<boolean>;
  /**
   * The ids of all groups, or of those after one in the store's own order. An item that cannot be read shows when it is read,
   * and keeps nobody from the others.
   */
  listIds(after?: string): AsyncIterable<string>;
}

/** As `GroupStore`. */
export interface ServerStore {
  getMany(serverIds: readonly string[]): Promise<Map<string, SourceServer>>;
  save(server: SourceServer): Promise<boolean>;
}

/** Throws unless every message was accepted. */
export interface ApplyQueue {
  send(requests: readonly ApplyRequest[]): Promise<void>;
}

/** Throws unless every event was accepted. A retry may publish an accepted event again. */
export interface EventPublisher {
  publish(events: readonly PrelaunchEvent[]): Promise<void>;
}

export type Clock = () => Date;

export async function getGroup(groups: GroupStore, groupId: string): Promise<Group | undefined> {
  return (await groups.getMany([groupId])).get(groupId);
}

export async function getServer(servers: ServerStore, serverId: string): Promise<SourceServer | undefined> {
  return (await servers.getMany([serverId])).get(serverId);
}
