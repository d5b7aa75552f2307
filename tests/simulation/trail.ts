import type { CloudTrailCall } from '@prelaunch/contracts/aws-events';
import type { LaunchSettings } from '@prelaunch/contracts/launch-settings';
import { TARGET } from '../support/builders.ts';
import { noteLive, type Part, partOf } from './drift-world.ts';
import { REFUSED_TYPE } from './expected-settings.ts';
import { touched } from './others.ts';
import type { World } from './world.ts';

/** By which Prelaunch's own calls are known. */
export const OWN = { homeAccountId: '000000000000', sourceIdentity: 'prelaunch', sessionPrefix: 'prelaunch-' };

type CallName = 'UpdateLaunchConfiguration' | 'CreateLaunchTemplateVersion' | 'ModifyLaunchTemplate';
type Caller = 'prelaunch' | 'somebody' | 'drs';

/** Somebody changes launch settings by hand; what the trail has of it comes later, if it comes. */
export async function move(world: World, serverId: string, settings: LaunchSettings): Promise<void> {
  const drs = partOf('drs', settings);
  const template = partOf('template', settings);
  world.counts.edits += 1;
  world.edited.add(serverId);
  touched(world, serverId);
  if (Object.keys(drs).length > 0) {
    await world.aws.update(TARGET, serverId, drs);
    noteLive(world, serverId);
    await called(world, 'UpdateLaunchConfiguration', serverId, 'somebody');
  }
  if (Object.keys(template).length > 0) {
    world.aws.edit(serverId, { settings: template });
    noteLive(world, serverId);
    await called(world, 'CreateLaunchTemplateVersion', serverId, 'somebody');
    await called(world, 'ModifyLaunchTemplate', serverId, 'somebody');
  }
}

/** Somebody knows what should be there. */
export async function putBack(world: World, serverId: string): Promise<void> {
  const { settings = {} } = world.servers.get(serverId)?.desired ?? {};
  const { targetInstanceTypeRightSizingMethod: _implied, instanceType, ...others } = settings;
  const isTaken = instanceType !== undefined && instanceType !== REFUSED_TYPE;
  await move(world, serverId, { ...others, ...(isTaken && { instanceType }) });
}

/** A call that has just taken effect. DRS makes a version of the template itself with each update. */
export async function called(world: World, name: CallName, serverId: string, by: Caller): Promise<void> {
  if (!world.scenario.drifting) return;
  const at = world.scheduler.now();
  // A version that was only made has no effect yet.
  const part = PART_OF[name];
  const call = await trailOf(world, name, serverId, by);
  const what = `${by}: ${name} ${serverId.replace(/^s-0+/, 's-')}`;
  if (call) world.drift.tell({ call, what, serverId, part, at, isOwn: by === 'prelaunch' });
  if (name === 'UpdateLaunchConfiguration') await called(world, 'ModifyLaunchTemplate', serverId, 'drs');
}

const PART_OF: Readonly<Record<CallName, Part | undefined>> = {
  UpdateLaunchConfiguration: 'drs',
  CreateLaunchTemplateVersion: undefined,
  ModifyLaunchTemplate: 'template',
};

const IDENTITIES = {
  prelaunch: { type: 'AssumedRole', sessionContext: { sourceIdentity: OWN.sourceIdentity } },
  somebody: { type: 'IAMUser', arn: `arn:aws:iam::${TARGET.accountId}:user/somebody` },
  drs: { type: 'AWSService', invokedBy: 'drs.amazonaws.com' },
} as const;

async function trailOf(
  world: World,
  eventName: CallName,
  serverId: string,
  by: Caller,
): Promise<CloudTrailCall | undefined> {
  const { launchTemplateId } = await world.aws.get(TARGET, serverId);
  const described = world.aws.described(launchTemplateId);
  if (!described) return undefined;
  const { defaultVersion, latestVersion } = described.numbers;
  const isDrs = eventName === 'UpdateLaunchConfiguration';
  const seconds = Math.floor(world.scheduler.now() / 1000) * 1000;
  const source = isDrs ? 'aws.drs' : 'aws.ec2';
  return {
    ...{ account: TARGET.accountId, region: TARGET.region, source, 'detail-type': 'AWS API Call via CloudTrail' },
    detail: {
      eventName,
      eventSource: `${isDrs ? 'drs' : 'ec2'}.amazonaws.com`,
      eventTime: new Date(seconds).toISOString(),
      eventID: `event-${world.drift.trails.int(0, 1_000_000)}`,
      awsRegion: TARGET.region,
      userIdentity: IDENTITIES[by],
      requestParameters: isDrs ? { sourceServerID: serverId } : { launchTemplateId },
      responseElements:
        eventName === 'ModifyLaunchTemplate'
          ? { launchTemplate: { launchTemplateId, defaultVersionNumber: defaultVersion } }
          : isDrs
            ? {}
            : { launchTemplateVersion: { launchTemplateId, versionNumber: latestVersion } },
    },
  };
}
