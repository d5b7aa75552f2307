import type { TargetUse, Uses } from '@prelaunch/topology/shape';
import type { Home } from './home.ts';

type Permission = sst.aws.FunctionPermissionArgs;
type Need = (home: Home) => Permission[];

/** On what DRS makes: launch templates, and the instances that it launches. */
const MANAGED_BY_DRS = {
  test: 'Null',
  variable: 'aws:ResourceTag/AWSElasticDisasterRecoveryManaged',
  values: ['false'],
};

/** Tags by which DRS knows its own: nobody else changes them. */
const NO_TAGS_OF_DRS = {
  test: 'ForAllValues:StringNotLike',
  variable: 'aws:TagKeys',
  values: ['AWSElasticDisasterRecovery*'],
};

/**
 * Names of the roles in instance profiles that remediation may put on instances. Settings name profiles at run time, when policies are
 * long written, and whoever may pass any role to an instance may become any role; so a name says which roles are meant for that.
 */
const INSTANCE_ROLES = 'prelaunch-instance-*';

/** Uses overlap; what several of them need is granted once. */
const NEEDS: Readonly<Record<TargetUse, readonly Need[]>> = {
  read: [assumeTargetRoles, lookUpReferences],
  write: [assumeTargetRoles, lookUpReferences, writeLaunchSettings],
  audit: [assumeTargetRoles, compareSettings],
  remediate: [assumeTargetRoles, compareSettings, mendInstances],
};

/** What a function may do in the home account itself, and the way to others; the role in a target account allows the same there. */
export function targetPermissions({ targetAccounts, recovery }: Uses, home: Home): Permission[] {
  const needs = new Set(targetAccounts.flatMap((use) => NEEDS[use]));
  return [...needs, ...(recovery ? [startRecoveries] : [])].flatMap((need) => need(home));
}

/** Target accounts are registered at run time, so the account is `*`; a role of this name trusts only Prelaunch, by external id. */
function assumeTargetRoles({ partition }: Home): Permission[] {
  return [
    {
      actions: ['sts:AssumeRole', 'sts:SetSourceIdentity'],
      resources: [$interpolate`arn:${partition}:iam::*:role/prelaunch-target-*`],
    },
  ];
}

/** What settings refer to. */
function lookUpReferences({ partition, accountId }: Home): Permission[] {
  return [
    {
      // IAM has no resource-level permissions for these; all of them only read.
      actions: [
        'drs:DescribeSourceServers',
        'ec2:DescribeInstances',
        'ec2:DescribeInstanceTypes',
        'ec2:DescribeSecurityGroups',
        'ec2:DescribeSubnets',
      ],
      resources: ['*'],
    },
    {
      // Settings name profiles, and a name does not say under which path the profile is.
      actions: ['iam:GetInstanceProfile'],
      resources: [$interpolate`arn:${partition}:iam::${accountId}:instance-profile/*`],
    },
  ];
}

function writeLaunchSettings(home: Home): Permission[] {
  return [
    {
      actions: ['drs:GetLaunchConfiguration', 'drs:UpdateLaunchConfiguration'],
      resources: [inAnyRegion(home, 'drs', 'source-server/*')],
    },
    {
      // DRS makes one template per server, in its Region, under an id of its own, but it tags them. It also deletes versions as its caller, and Prelaunch its own old ones.
      actions: ['ec2:CreateLaunchTemplateVersion', 'ec2:ModifyLaunchTemplate', 'ec2:DeleteLaunchTemplateVersions'],
      resources: [inAnyRegion(home, 'ec2', 'launch-template/*')],
      conditions: [MANAGED_BY_DRS],
    },
    {
      // IAM has no resource-level permissions for these; both only read.
      actions: ['ec2:DescribeLaunchTemplates', 'ec2:DescribeLaunchTemplateVersions'],
      resources: ['*'],
    },
  ];
}

/** Launch settings and recovery instances as they are, for comparing; nothing here writes. */
function compareSettings(home: Home): Permission[] {
  return [
    { actions: ['drs:GetLaunchConfiguration'], resources: [inAnyRegion(home, 'drs', 'source-server/*')] },
    {
      // IAM has no resource-level permissions for these; all of them only read.
      actions: [
        'drs:DescribeSourceServers',
        'ec2:DescribeIamInstanceProfileAssociations',
        'ec2:DescribeInstances',
        'ec2:DescribeLaunchTemplates',
        'ec2:DescribeLaunchTemplateVersions',
      ],
      resources: ['*'],
    },
  ];
}

/** Recovery instances come and go, each in the Region of its server, so ids are `*`; the tag tells them from all other instances. */
function mendInstances(home: Home): Permission[] {
  const instances = inAnyRegion(home, 'ec2', 'instance/*');
  return [
    {
      actions: [
        'ec2:AssociateIamInstanceProfile',
        'ec2:DisassociateIamInstanceProfile',
        'ec2:ModifyInstanceAttribute',
        'ec2:ModifyInstanceMetadataOptions',
        'ec2:MonitorInstances',
        'ec2:ReplaceIamInstanceProfileAssociation',
        'ec2:UnmonitorInstances',
      ],
      resources: [instances],
      conditions: [MANAGED_BY_DRS],
    },
    {
      actions: ['ec2:ModifyNetworkInterfaceAttribute'],
      resources: [instances, inAnyRegion(home, 'ec2', 'network-interface/*')],
      conditions: [MANAGED_BY_DRS],
    },
    {
      // Groups that an instance or an interface is put into are asked about too, and are not DRS's. They stay as they are.
      actions: ['ec2:ModifyInstanceAttribute', 'ec2:ModifyNetworkInterfaceAttribute'],
      resources: [inAnyRegion(home, 'ec2', 'security-group/*')],
    },
    {
      actions: ['ec2:CreateTags', 'ec2:DeleteTags'],
      resources: [instances],
      conditions: [MANAGED_BY_DRS, NO_TAGS_OF_DRS],
    },
    {
      actions: ['iam:PassRole'],
      resources: [$interpolate`arn:${home.partition}:iam::${home.accountId}:role/${INSTANCE_ROLES}`],
      conditions: [{ test: 'StringEquals', variable: 'iam:PassedToService', values: ['ec2.amazonaws.com'] }],
    },
  ];
}

/** Waves. Jobs belong to no single server, and each names its own Region. */
function startRecoveries(home: Home): Permission[] {
  return [
    {
      actions: ['drs:StartRecovery', 'drs:TagResource'],
      resources: [inAnyRegion(home, 'drs', 'source-server/*'), inAnyRegion(home, 'drs', 'job/*')],
    },
    {
      // IAM has no resource-level permissions for it; it only reads.
      actions: ['drs:DescribeJobs'],
      resources: ['*'],
    },
  ];
}

/** Each server names its own Region, and servers come and go with the fleet. */
function inAnyRegion({ partition, accountId }: Home, service: string, resource: string) {
  return $interpolate`arn:${partition}:${service}:*:${accountId}:${resource}`;
}
