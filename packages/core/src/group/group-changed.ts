import { type PrelaunchEvent, ProtectionGroupChanged } from '@prelaunch/contracts/events';
import type { Group } from './group.ts';

/**
 * The stored definition as the event that its owner published. With the same revision: what is stored is not older, so the event
 * only has it planned, or resumes what was interrupted.
 */
export function groupChanged(group: Group): PrelaunchEvent {
  const { groupId, name, description, tags, accountId, region, revision } = group;
  const { serverIds, configuration, launchConfig, serverOverrides, correlationId } = group;
  return {
    type: ProtectionGroupChanged.type,
    detail: {
      version: '1',
      correlationId,
      data: {
        changeType: group.deletedAt === undefined ? 'updated' : 'deleted',
        group: {
          groupId,
          name,
          ...(description !== undefined && { description }),
          tags: { ...tags },
          accountId,
          region,
          revision,
          serverIds: [...serverIds],
          ...(configuration && { configuration }),
          ...(launchConfig !== undefined && { launchConfig }),
          serverOverrides,
        },
      },
    },
  };
}
