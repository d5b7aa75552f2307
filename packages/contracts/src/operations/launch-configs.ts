import * as z from 'zod';
import { GroupId } from '../ids.ts';
import { ServerConfig, ServerStatus, StatusCounts, StatusError } from '../status.ts';
import { caller, flag, repeatable } from './fields.ts';

export const GetLaunchConfigStatusRequest = z.strictObject({
  operation: z.literal('get_launch_config_status'),
  groupId: GroupId,
  ...caller,
});

export const ApplyLaunchConfigsRequest = z.strictObject({
  operation: z.literal('apply_launch_configs'),
  groupId: GroupId,
  force: flag.default(false).meta({ description: 'Apply and verify every server, even those that are ready.' }),
  ...repeatable,
});
export type ApplyLaunchConfigsRequest = z.output<typeof ApplyLaunchConfigsRequest>;

/** The status of a group with that of each of its servers. */
export const ShownStatus = z.object({
  status: ServerStatus,
  lastApplied: z.iso.datetime().nullable(),
  appliedBy: z.string(),
  counts: StatusCounts,
  fresh: z
    .boolean()
    .meta({ description: 'False when the last verification is more than 24 hours old: a wave then verifies first.' }),
  serverConfigs: z.record(z.string(), ServerConfig),
  errors: z.array(StatusError),
});
export type ShownStatus = z.output<typeof ShownStatus>;

export const GetLaunchConfigStatusResponse = ShownStatus.extend({ groupId: GroupId, generation: z.number() });
export type GetLaunchConfigStatusResponse = z.output<typeof GetLaunchConfigStatusResponse>;

export const ApplyLaunchConfigsResponse = z.object({
  groupId: GroupId,
  status: ServerStatus,
  appliedServers: z.number(),
  failedServers: z.number(),
  errors: z.array(StatusError),
  fresh: ShownStatus.shape.fresh,
  outcome: z
    .enum(['applied', 'failed', 'already_ready', 'still_applying'])
    .meta({ description: 'What the call did: nothing when the group was ready already and `force` was not given.' }),
});
export type ApplyLaunchConfigsResponse = z.output<typeof ApplyLaunchConfigsResponse>;
