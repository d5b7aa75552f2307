import type { SourceServer } from '@aws-sdk/client-drs';
import type { RunningInstances } from '@prelaunch/core/drift/ports';
import { describedServers } from './drs-describes.ts';
import { describedInstances } from './ec2-describes.ts';
import { changeInstance } from './instance-changes.ts';
import { runningInstanceOf } from './running-instance.ts';
import type { TargetSessions } from './target-sessions.ts';

/** Instances as EC2 has them, and their launches as DRS tells of them. Any call may throw `RateBudgetError`. */
export function ec2RunningInstances(sessions: TargetSessions): RunningInstances {
  return {
    async describe(target, instanceIds) {
      if (instanceIds.length === 0) return new Map();
      const { ec2 } = await sessions(target);
      const found = (await describedInstances(ec2, instanceIds)).map(runningInstanceOf);
      return new Map(found.map((instance) => [instance.instanceId, instance]));
    },

    async launches(target, serverIds) {
      if (serverIds.length === 0) return { instances: new Map(), underWay: new Set() };
      const { drs } = await sessions(target);
      const servers = await describedServers(drs, serverIds);
      return {
        instances: new Map(servers.flatMap(launchOf)),
        underWay: new Set(servers.filter(isUnderWay).flatMap(({ sourceServerID }) => sourceServerID ?? [])),
      };
    },

    async change(target, instance, change) {
      const { ec2 } = await sessions(target);
      return changeInstance(ec2, instance, change);
    },
  };
}

function launchOf({ sourceServerID, recoveryInstanceId }: SourceServer): [string, string][] {
  return sourceServerID && recoveryInstanceId ? [[sourceServerID, recoveryInstanceId]] : [];
}

function isUnderWay({ lifeCycle }: SourceServer): boolean {
  const status = lifeCycle?.lastLaunch?.status;
  return status === 'PENDING' || status === 'IN_PROGRESS';
}
