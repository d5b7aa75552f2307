import type { StatusError } from '@prelaunch/contracts/status';
import type { Problem } from '../settings/problems.ts';
import { type Group, unknownGroup } from './group.ts';
import { type Clock, type GroupStore, getGroup } from './ports.ts';
import { updateItem } from './update-item.ts';

const REFUSED = 'event.refused';
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
      if (stored) return stored.refusal?.message === refusal.message ? undefined : told(stored, refusal);
      const unknown = unknownGroup(groupId, at);
      const launchConfigStatus = { ...unknown.launchConfigStatus, status: 'failed' as const, errors: [refusal] };
      return { ...unknown, refusal, launchConfigStatus, correlationId: refused.correlationId };
    },
    (group) => deps.groups.save(group),
  );
}

/** Where the publisher looks: among the errors of the status, which else goes on to hold. */
function told(group: Group, refusal: StatusError): Group {
  const { errors, statusRevision, ...status } = group.launchConfigStatus;
  const others = errors.filter(({ code }) => code !== REFUSED);
  const launchConfigStatus = { ...status, errors: [refusal, ...others], statusRevision: statusRevision + 1 };
  return { ...group, refusal, launchConfigStatus };
}

function refusalOf(problems: readonly Problem[], at: string): StatusError {
  const [first] = problems;
  const told = problems.slice(0, PROBLEMS_TOLD_MAX).map(({ message }) => message);
  const more = problems.length > told.length ? [`and ${problems.length - told.length} more`] : [];
  const message = `an event about this group was refused: ${[...told, ...more].join('; ')}`;
  return { ...(first ?? { path: '', allowed: '' }), code: REFUSED, message, at };
}
