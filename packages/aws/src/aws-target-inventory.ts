import {
  type Instance,
  paginateDescribeInstanceTypes,
  paginateDescribeSecurityGroups,
  paginateDescribeSubnets,
} from '@aws-sdk/client-ec2';
import { GetInstanceProfileCommand, type IAMClient, NoSuchEntityException } from '@aws-sdk/client-iam';
import type { Target } from '@prelaunch/core/apply/ports';
import type { Clock } from '@prelaunch/core/group/ports';
import type { LaunchIntoInstance, Subnet, TargetInventory } from '@prelaunch/core/target/target-inventory';
import pMap from 'p-map';
import { described, describedInstances } from './ec2-describes.ts';
import { type Find, keptFindings } from './kept-findings.ts';
import { findSourceMachines } from './source-machines.ts';
import type { TargetClients, TargetSessions } from './target-sessions.ts';
import { translated } from './translate-error.ts';

const CALLS_AT_ONCE = 8;

/** Reads of EC2, IAM and DRS. What can change under a recovery, machines and instances, is asked every time; the rest is kept a while. */
export function awsTargetInventory(sessions: TargetSessions, now: Clock): TargetInventory {
  const kept = {
    subnets: keptFindings<Subnet>(now),
    securityGroups: keptFindings<{ readonly vpcId: string }>(now),
    instanceTypes: keptFindings<true>(now),
    instanceProfiles: keptFindings<true>(now),
  };

  return {
    async lookUp(target, references) {
      const { subnetIds, securityGroupIds, instanceTypes, instanceProfiles, instanceIds, serverIds } = references;
      const by = <Finding>(find: FindWith<Finding>) => whereAsked(sessions, target, find);
      const [subnets, securityGroups, types, profiles, instances, sourceMachines] = await Promise.all([
        kept.subnets(target, subnetIds, by(findSubnets)),
        kept.securityGroups(target, securityGroupIds, by(findSecurityGroups)),
        kept.instanceTypes(target, instanceTypes, by(findInstanceTypes)),
        kept.instanceProfiles(target, instanceProfiles, by(findInstanceProfiles)),
        by(findInstances)(instanceIds),
        by(findSourceMachines)(serverIds),
      ]);
      return {
        subnets,
        securityGroups,
        instanceTypes: new Set(types.keys()),
        instanceProfiles: new Set(profiles.keys()),
        instances,
        sourceMachines,
      };
    },
  };
}

type Found<Finding> = readonly (readonly [string, Finding])[];
type FindWith<Finding> = (clients: TargetClients, keys: readonly string[]) => Promise<Found<Finding>>;

/** Where nothing is asked for, no session is begun either. */
function whereAsked<Finding>(sessions: TargetSessions, target: Target, find: FindWith<Finding>): Find<Finding> {
  return async (keys) => (keys.length === 0 ? new Map() : new Map(await find(await sessions(target), keys)));
}

const findSubnets: FindWith<Subnet> = ({ ec2 }, ids) =>
  described('DescribeSubnets', 'subnet-id', ids, async (Filters) => {
    const found: [string, Subnet][] = [];
    for await (const { Subnets = [] } of paginateDescribeSubnets({ client: ec2 }, { Filters })) {
      for (const { SubnetId = '', VpcId: vpcId = '', CidrBlock: cidrBlock = '' } of Subnets)
        found.push([SubnetId, { vpcId, cidrBlock }]);
    }
    return found;
  });

const findSecurityGroups: FindWith<{ readonly vpcId: string }> = ({ ec2 }, ids) =>
  described('DescribeSecurityGroups', 'group-id', ids, async (Filters) => {
    const found: [string, { vpcId: string }][] = [];
    for await (const { SecurityGroups = [] } of paginateDescribeSecurityGroups({ client: ec2 }, { Filters })) {
      for (const { GroupId = '', VpcId: vpcId = '' } of SecurityGroups) found.push([GroupId, { vpcId }]);
    }
    return found;
  });

const findInstanceTypes: FindWith<true> = ({ ec2 }, types) =>
  described('DescribeInstanceTypes', 'instance-type', types, async (Filters) => {
    const found: [string, true][] = [];
    for await (const { InstanceTypes = [] } of paginateDescribeInstanceTypes({ client: ec2 }, { Filters })) {
      for (const { InstanceType = '' } of InstanceTypes) found.push([InstanceType, true]);
    }
    return found;
  });

const findInstances: FindWith<LaunchIntoInstance> = async ({ ec2 }, ids) => {
  const instances = await describedInstances(ec2, ids);
  return instances.map((one) => [one.InstanceId ?? '', instanceOf(one)]);
};

function instanceOf({ State, Tags = [], Platform, Architecture }: Instance): LaunchIntoInstance {
  return {
    state: State?.Name ?? '',
    tags: Object.fromEntries(Tags.map(({ Key = '', Value = '' }) => [Key, Value])),
    // EC2 states a platform for Windows only.
    platform: Platform?.toLowerCase() === 'windows' ? 'windows' : 'linux',
    architecture: Architecture ?? '',
  };
}

const findInstanceProfiles: FindWith<true> = async ({ iam }, stated) => {
  const existing = await pMap(stated, (profile) => isInstanceProfile(iam, profile), { concurrency: CALLS_AT_ONCE });
  return stated.filter((_, index) => existing[index]).map((profile) => [profile, true]);
};

/** A profile stated by ARN is that one, not another of its name under another path. */
async function isInstanceProfile(iam: IAMClient, stated: string): Promise<boolean> {
  const InstanceProfileName = stated.split('/').at(-1) ?? stated;
  try {
    const { InstanceProfile } = await iam.send(new GetInstanceProfileCommand({ InstanceProfileName }));
    return !stated.startsWith('arn:') || InstanceProfile?.Arn === stated;
  } catch (error) {
    if (error instanceof NoSuchEntityException) return false;
    return translated('GetInstanceProfile')(error);
  }
}
