import { isIPv4 } from 'node:net';
import type { DrsClient, SourceServer } from '@aws-sdk/client-drs';
import type { Platform, SourceMachine } from '@prelaunch/core/target/target-inventory';
import { describedServers } from './drs-describes.ts';

/** What DRS knows of the machines behind source servers. */
export async function findSourceMachines(
  { drs }: { readonly drs: DrsClient },
  serverIds: readonly string[],
): Promise<[string, SourceMachine][]> {
  const servers = await describedServers(drs, serverIds);
  return servers.map((server) => [server.sourceServerID ?? '', machineOf(server)]);
}

function machineOf({ sourceProperties = {} }: SourceServer): SourceMachine {
  const { os, networkInterfaces = [] } = sourceProperties;
  const platform = platformOf(os?.fullString ?? '');
  return {
    ...(platform && { platform }),
    ipv4Addresses: networkInterfaces.flatMap(({ ips = [] }) => ips.filter(isIPv4)),
  };
}

const LINUX = /linux|ubuntu|debian|centos|red ?hat|rhel|suse|sles|fedora|rocky|alma|oracle/i;

/** DRS has the operating system as free text. */
function platformOf(os: string): Platform | undefined {
  if (/windows/i.test(os)) return 'windows';
  return LINUX.test(os) ? 'linux' : undefined;
}
