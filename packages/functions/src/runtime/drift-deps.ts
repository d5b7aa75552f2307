import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { drsLaunchConfigurations } from '@prelaunch/aws/drs-launch-configurations';
import { ec2RunningInstances } from '@prelaunch/aws/ec2-running-instances';
import { SOURCE_IDENTITY } from '@prelaunch/aws/target-sessions';
import type { AuditDeps, DriftDeps } from '@prelaunch/core/drift/audit-deps';
import type { RemediateDeps } from '@prelaunch/core/drift/note-remediation';
import type { RunningInstances } from '@prelaunch/core/drift/ports';
import type { OwnIdentity } from '@prelaunch/core/drift/understand-call';
import { auditTrail } from './audit.ts';
import { driftPolicy } from './drift-policy.ts';
import { instanceRecords, instanceStore } from './drift-stores.ts';
import { environment } from './environment.ts';
import { applyQueue, bindingStore, configurationStore, groupStore, now, publisher, serverStore } from './pipeline.ts';
import { launchSettingsPorts, type Targets } from './targets.ts';

/** What whoever deals with drift stands on, beside what it reaches in target accounts. Made once, when a function starts. */
function driftStores(): Omit<DriftDeps, 'running'> {
  const { audits: groupAudits, ...records } = instanceRecords();
  return {
    ...records,
    groupAudits,
    groups: groupStore(),
    servers: serverStore(),
    configurations: configurationStore(),
    bindings: bindingStore(),
    events: publisher(),
    queue: applyQueue(),
    instances: instanceStore(),
    policy: driftPolicy(),
    now,
    pause: (ms) => pause(ms),
  };
}

export function auditDeps(reached: Targets): AuditDeps {
  const { launchTemplates } = launchSettingsPorts(reached);
  // Nobody waits for an audit: it asks once, and waits for the answer.
  const launchConfigurations = drsLaunchConfigurations(reached.sessions, ({ drsRecovery }) => drsRecovery);
  const running = ec2RunningInstances(reached.sessions);
  return { ...driftStores(), launchConfigurations, launchTemplates, running, budgets: reached.budgets };
}

/** For those who put right what was found. */
export function remediateDeps(running: RunningInstances): RemediateDeps {
  return { ...driftStores(), running, audit: auditTrail(), newOwner: randomUUID };
}

/** By which this deployment's own writes are known in CloudTrail. */
export function ownIdentity(): OwnIdentity {
  const { HOME_ACCOUNT_ID, PRELAUNCH_STAGE } = environment('HOME_ACCOUNT_ID', 'PRELAUNCH_STAGE');
  return {
    homeAccountId: HOME_ACCOUNT_ID,
    sourceIdentity: SOURCE_IDENTITY,
    sessionPrefix: `prelaunch-${PRELAUNCH_STAGE}-`,
  };
}
