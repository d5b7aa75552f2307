import { ApplyRequest } from '@prelaunch/contracts/messages';
import { recordDeadLetter } from '@prelaunch/core/apply/record-dead-letter';
import { consume } from './runtime/consume.ts';
import { environment } from './runtime/environment.ts';
import { now, publisher, serverStore } from './runtime/pipeline.ts';

const deps = { servers: serverStore(), events: publisher(), now };

export const handler = consume({
  schema: ApplyRequest,
  queueUrl: environment('APPLY_DLQ_QUEUE_URL').APPLY_DLQ_QUEUE_URL,
  malformed: 'stays',
  subject: ({ groupId, serverId, correlationId }) => ({ groupId, serverId, correlationId }),
  handlerOf: () => (request) => recordDeadLetter(request, deps),
});
