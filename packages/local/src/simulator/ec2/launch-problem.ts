import type { LaunchTemplateData } from '../state.ts';

/** EC2 keeps data that cannot launch: it warns when the version is made, and refuses at launch. */
export function launchProblemOf(data: LaunchTemplateData): { code: string; message: string } | undefined {
  if (data.NetworkInterfaces?.length && (data.SecurityGroupIds?.length || data.SecurityGroups?.length)) {
    const message = 'Network interfaces and an instance-level security groups may not be specified on the same request';
    return { code: 'InvalidParameterCombination', message };
  }
  if (data.InstanceType !== undefined && data.InstanceRequirements !== undefined) {
    return {
      code: 'InvalidParameterCombination',
      message: 'Instance type and instance requirements may not be specified together',
    };
  }
  if (data.NetworkInterfaces?.some((nic) => nic.Groups?.length && !nic.SubnetId && !nic.NetworkInterfaceId)) {
    return { code: 'InvalidParameterCombination', message: 'Security groups of a network interface need a subnet' };
  }
  return undefined;
}
