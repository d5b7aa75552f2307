import { type EC2Client, type Filter, type Instance, paginateDescribeInstances } from '@aws-sdk/client-ec2';
import { chunks } from '@prelaunch/core/chunks';
import pMap from 'p-map';
import { translated } from './translate-error.ts';

const VALUES_PER_FILTER_MAX = 200;
const CALLS_AT_ONCE = 8;

/** What describes find by the values of a filter. By filter, since EC2 refuses a whole list of ids for one that does not exist. */
export async function described<Found>(
  operation: string,
  filter: string,
  values: readonly string[],
  describe: (filters: Filter[]) => Promise<readonly Found[]>,
): Promise<Found[]> {
  const filters = chunks(values, VALUES_PER_FILTER_MAX).map((Values) => [{ Name: filter, Values }]);
  const found = await pMap(filters, describe, { concurrency: CALLS_AT_ONCE }).catch(translated(operation));
  return found.flat();
}

/** Those of the instances that EC2 knows, in no order. */
export function describedInstances(ec2: EC2Client, instanceIds: readonly string[]): Promise<Instance[]> {
  return described('DescribeInstances', 'instance-id', instanceIds, async (Filters) => {
    const found: Instance[] = [];
    for await (const { Reservations = [] } of paginateDescribeInstances({ client: ec2 }, { Filters })) {
      for (const { Instances = [] } of Reservations) found.push(...Instances);
    }
    return found;
  });
}
