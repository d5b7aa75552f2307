import { type DrsClient, paginateDescribeSourceServers, type SourceServer } from '@aws-sdk/client-drs';
import { chunks } from '@prelaunch/core/chunks';
import { translated } from './translate-error.ts';

const SERVERS_PER_CALL_MAX = 200;

/** Those of the source servers that DRS knows. One call after the other: the rate of DRS is not published. */
export async function describedServers(drs: DrsClient, serverIds: readonly string[]): Promise<SourceServer[]> {
  const found: SourceServer[] = [];
  try {
    for (const sourceServerIDs of chunks(serverIds, SERVERS_PER_CALL_MAX)) {
      const input = { filters: { sourceServerIDs } };
      const pages = paginateDescribeSourceServers({ client: drs, pageSize: SERVERS_PER_CALL_MAX }, input);
      for await (const { items = [] } of pages) found.push(...items);
    }
  } catch (cause) {
    return translated('DescribeSourceServers')(cause);
  }
  return found;
}
