import { ProtectionGroupChanged } from '@prelaunch/contracts/events';
import { GroupId } from '@prelaunch/contracts/ids';
import { planChange } from '@prelaunch/core/group/plan-group';
import { recordRefusal } from '@prelaunch/core/group/record-refusal';
import { consume } from './runtime/consume.ts';
import { environment } from './runtime/environment.ts';
import type { MalformedMessageError } from './runtime/malformed.ts';
import { now } from './runtime/pipeline.ts';
import { planDeps } from './runtime/plan-deps.ts';

const deps = planDeps();

export const handler = consume({
  schema: ProtectionGroupChanged.envelope,
  queueUrl: environment('PLAN_QUEUE_URL').PLAN_QUEUE_URL,
  malformed: 'to_dead_letters',
  subject: ({ detail }) => ({ groupId: detail.data.group.groupId, correlationId: detail.correlationId }),
  handlerOf:
    () =>
    ({ source, detail: { correlationId, data } }) =>
      planChange({ ...data, source, correlationId, at: now().toISOString() }, deps),
  onMalformed: recordOnGroup,
});

/** The publisher looks at the group's status, so that is where the reason belongs, if it can be told which group it was. */
async function recordOnGroup({ body, problems }: MalformedMessageError): Promise<void> {
  const detail = (
    body as { detail?: { correlationId?: unknown; data?: { group?: { groupId?: unknown } } } } | undefined
  )?.detail;
  const groupId = GroupId.safeParse(detail?.data?.group?.groupId);
  if (!groupId.success) return;
  const correlationId = typeof detail?.correlationId === 'string' ? detail.correlationId : '';
  await recordRefusal({ groupId: groupId.data, problems, correlationId }, deps);
}
