import { ec2RunningInstances } from '@prelaunch/aws/ec2-running-instances';
import { DriftDetected } from '@prelaunch/contracts/events';
import { remediate } from '@prelaunch/core/drift/remediate';
import { consume } from './runtime/consume.ts';
import { remediateDeps } from './runtime/drift-deps.ts';
import { environment } from './runtime/environment.ts';
import { targets } from './runtime/targets.ts';

const deps = remediateDeps(ec2RunningInstances(targets().sessions));

export const handler = consume({
  schema: DriftDetected.envelope,
  queueUrl: environment('REMEDIATION_QUEUE_URL').REMEDIATION_QUEUE_URL,
  malformed: 'to_dead_letters',
  subject: ({ detail: { correlationId, data } }) => ({ groupId: data.groupId, serverId: data.serverId, correlationId }),
  handlerOf:
    () =>
    ({ detail: { correlationId, data } }) =>
      remediate(data.instanceId, correlationId, deps),
});
