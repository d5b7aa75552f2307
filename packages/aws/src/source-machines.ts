import { isIPv4 } from 'node:net';
import { type DrsClient, paginateDescribeSourceServers, type SourceServer } from '@aws-sdk/client-drs';
import { chunks } from '@prelaunch/core/chunks';
import type { Platform, SourceMachine } from '@prelaunch/core/target/target-inventory';
import { translated } from './translate-error.ts';

const SERVERS_PER_CALL_MAX = 200;

/** What DRS knows of the machines behind source servers. One call after the other: the rate of DRS is not published. */
export async function findSourceMachines(
  { drs }: { readonly drs: DrsClient },
  serverIds: readonly string[],
): Promise<[string, SourceMachine][]> {
  const found: [string, SourceMachine][] = [];
  try {
    for (const sourceServerIDs of chunks(serverIds, SERVERS_PER_CALL_MAX)) {
      const input = { filters: { sourceServerIDs } };
      const pages = paginateDescribeSourceServers({ client: drs, pageSize: SERVERS_PER_CALL_MAX }, input);
      for await (const { items = [] } of pages) {
        for (const server of items) found.push([server.sourceServerID ?? '', machineOf(server)]);
      }
    }
  } catch (cause) {
    return translated('DescribeSourceServers')(cause);
  }
  return found;
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
