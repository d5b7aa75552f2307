import type { OperationName } from '@prelaunch/contracts/operations';
import type { Tag } from './about.ts';

interface OperationText {
  readonly tag: Tag;
  readonly description: string;
}

/** What the summaries in the table of operations leave open. */
export const OPERATION_TEXTS: Readonly<Record<OperationName, OperationText>> = {
  list_protection_groups: {
    tag: 'Protection groups',
    description: 'A page of the groups that the caller may see, without their servers.',
  },
  create_protection_group: {
    tag: 'Protection groups',
    description:
      'The settings are applied and read back in the background. The call waits a while for the outcome and then answers the group as it is.',
  },
  get_protection_group: {
    tag: 'Protection groups',
    description: 'The definition of the group, its status, and that of each of its servers.',
  },
  update_protection_group: {
    tag: 'Protection groups',
    description:
      'What is stated replaces what was there, whole; what is not stated stays; `null` takes away. Only servers that are concerned are applied again.',
  },
  delete_protection_group: {
    tag: 'Protection groups',
    description: 'The servers are released for other groups. Their settings on AWS stay as they are.',
  },
  add_servers_to_group: {
    tag: 'Protection groups',
    description: 'Servers that are members already stay. Settings may be stated for servers that are named here.',
  },
  remove_servers_from_group: {
    tag: 'Protection groups',
    description: 'The servers are released, and what was stated for them goes. Their settings on AWS stay as they are.',
  },
  apply_launch_configs: {
    tag: 'Launch configurations',
    description:
      'A group that is ready is left alone, unless `force` is given. The call waits a while for the outcome; `still_applying` says that the work goes on.',
  },
  get_launch_config_status: {
    tag: 'Launch configurations',
    description: 'The status of the group, what is wrong, and how each server stands.',
  },
  start_wave_recovery: {
    tag: 'Waves',
    description:
      'Starts at once when all groups are ready and fresh. Else servers are verified or applied first, and `onNotReady` decides about those that still are not ready. The same call again starts nothing twice; after `applying` it goes on waiting.',
  },
  get_audit_log: {
    tag: 'Audit',
    description: 'Entries of a span of time, newest first: of all groups, or of one group or one actor.',
  },
};
