import type { StatusError } from '@prelaunch/contracts/status';
import type { Problem } from '../settings/problems.ts';
import { unknownGroup } from './group.ts';
import { type Clock, type GroupStore, getGroup } from './ports.ts';
import { updateItem } from './update-item.ts';

const PROBLEMS_TOLD_MAX = 5;

/**
 * Keeps, on the group it was about, why an event could not be taken; the event itself stays in the dead-letter queue. What is
 * stored of the group goes on to hold. A group that is not known yet gets an item that says `failed`.
 */
export async function recordRefusal(
  refused: { readonly groupId: string; readonly problems: readonly Problem[]; readonly correlationId: string },
  deps: { readonly groups: GroupStore; readonly now: Clock },
): Promise<void> {
  const { groupId, problems } = refused;
  const at = deps.now().toISOString();
  const refusal = refusalOf(problems, at);
  await updateItem(
    `group ${groupId}`,
    () => getGroup(deps.groups, groupId),
    (stored) => {
      if (stored) return stored.refusal?.message === refusal.message ? undefined : { ...stored, refusal };
      const unknown = unknownGroup(groupId, at);
      const launchConfigStatus = { ...unknown.launchConfigStatus, status: 'failed' as const, errors: [refusal] };
      return { ...unknown, refusal, launchConfigStatus, correlationId: refused.correlationId };
    },
    (group) => deps.groups.save(group),
  );
}

function refusalOf(problems: readonly Problem[], at: string): StatusError {
  const [first] = problems;
  const told = problems.slice(0, PROBLEMS_TOLD_MAX).map(({ message }) => message);
  const more = problems.length > told.length ? [`and ${problems.length - told.length} more`] : [];
  const message = `an event about this group was refused: ${[...told, ...more].join('; ')}`;
  return { ...(first ?? { path: '', allowed: '' }), code: 'event.refused', message, at };
}
