import type { Call } from '../call.ts';
import { startInstances, stopInstances, terminateInstances } from './change-instance-state.ts';
import {
  createLaunchTemplate,
  createLaunchTemplateVersion,
  deleteLaunchTemplate,
  deleteLaunchTemplateVersions,
  modifyLaunchTemplate,
} from './change-launch-templates.ts';
import { describeInstanceTypes } from './describe-instance-types.ts';
import { describeInstances } from './describe-instances.ts';
import { describeLaunchTemplates, describeLaunchTemplateVersions } from './describe-launch-templates.ts';
import { describeSecurityGroups } from './describe-security-groups.ts';
import { describeSubnets } from './describe-subnets.ts';
import { modifyInstanceMetadataOptions, monitorInstances, unmonitorInstances } from './instance-options.ts';
import { createTags, deleteTags } from './instance-tags.ts';
import { modifyInstanceAttribute, modifyNetworkInterfaceAttribute } from './modify-instance.ts';
import {
  associateIamInstanceProfile,
  describeIamInstanceProfileAssociations,
  disassociateIamInstanceProfile,
  replaceIamInstanceProfileAssociation,
} from './profile-associations.ts';

export type Ec2Operation = (input: Record<string, unknown>, call: Call) => object;

/** What simulated EC2 can do, by the name of the action. */
export const EC2_OPERATIONS: Readonly<Record<string, Ec2Operation>> = {
  AssociateIamInstanceProfile: associateIamInstanceProfile,
  CreateLaunchTemplate: createLaunchTemplate,
  CreateLaunchTemplateVersion: createLaunchTemplateVersion,
  CreateTags: createTags,
  DeleteLaunchTemplate: deleteLaunchTemplate,
  DeleteLaunchTemplateVersions: deleteLaunchTemplateVersions,
  DeleteTags: deleteTags,
  DescribeIamInstanceProfileAssociations: describeIamInstanceProfileAssociations,
  DescribeInstances: describeInstances,
  DescribeInstanceTypes: describeInstanceTypes,
  DescribeLaunchTemplates: describeLaunchTemplates,
  DescribeLaunchTemplateVersions: describeLaunchTemplateVersions,
  DescribeSecurityGroups: describeSecurityGroups,
  DescribeSubnets: describeSubnets,
  DisassociateIamInstanceProfile: disassociateIamInstanceProfile,
  ModifyInstanceAttribute: modifyInstanceAttribute,
  ModifyInstanceMetadataOptions: modifyInstanceMetadataOptions,
  ModifyLaunchTemplate: modifyLaunchTemplate,
  ModifyNetworkInterfaceAttribute: modifyNetworkInterfaceAttribute,
  MonitorInstances: monitorInstances,
  ReplaceIamInstanceProfileAssociation: replaceIamInstanceProfileAssociation,
  StartInstances: startInstances,
  StopInstances: stopInstances,
  TerminateInstances: terminateInstances,
  UnmonitorInstances: unmonitorInstances,
};
