import { NO_REFERENCES } from '../target/references.ts';
import type { ConvergeDeps, ConvergeTask } from './converge.ts';
import type { LaunchConfiguration, TemplateVersion } from './ports.ts';

/**
 * True for an address in the template that DRS copied from the source machine and that nobody asks for any more: DRS leaves it
 * there when it is told to stop copying. One that the source machine does not have is somebody's own, and none of our business.
 */
export async function isStaleAddress(
  { settings: { privateIpAddress: address } }: TemplateVersion,
  found: LaunchConfiguration,
  { target, serverId, desired: { settings } }: ConvergeTask,
  { inventory }: ConvergeDeps,
): Promise<boolean> {
  if (settings.copyPrivateIp !== false || settings.privateIpAddress !== undefined || !address) return false;
  if (found.settings.copyPrivateIp === true) return true;
  const { sourceMachines } = await inventory.lookUp(target, { ...NO_REFERENCES, serverIds: [serverId] });
  return sourceMachines.get(serverId)?.ipv4Addresses.includes(address) ?? false;
}
