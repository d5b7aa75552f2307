import { DomainError } from '../errors.ts';
import { NO_REFERENCES } from '../target/references.ts';
import type { ConvergeDeps, ConvergeTask } from './converge.ts';
import type { LaunchConfiguration, TemplateVersion } from './ports.ts';

/** DRS did not list a server that it has: what its machine is cannot be told now. */
class UnknownMachineError extends DomainError {
  override readonly name = 'UnknownMachineError';
  readonly code = 'apply.stale_read';
  override readonly retryable = true;

  constructor(serverId: string) {
    super(`DRS did not list ${serverId}`);
  }
}

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
  const machine = sourceMachines.get(serverId);
  // Nothing is concluded from an answer without the server.
  if (!machine) throw new UnknownMachineError(serverId);
  return machine.ipv4Addresses.includes(address);
}
