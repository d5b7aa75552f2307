import { CONFIGURATION_LIMITS } from '@prelaunch/contracts/configuration';
import type { OperationName } from '@prelaunch/contracts/operations';
import type { Tag } from './about.ts';

const { keys, bytes } = CONFIGURATION_LIMITS;

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
  resolve_configuration: {
    tag: 'Configurations',
    description:
      'Begins at a configuration, at a protection group with its own settings, or at what a user is bound to; exactly one of these has to be said, `version` only with a configuration and `serverId` only with a group. `provenance` says of every key who stated it, and whom that beat. The same revision, request and bindings always make the same answer.',
  },
  list_configurations: {
    tag: 'Configurations',
    description:
      'A page of the configurations that the caller may see, each with its newest version but without settings.',
  },
  get_configuration: {
    tag: 'Configurations',
    description: 'What a version states by itself; `path` says what it inherits from. Versions never change.',
  },
  list_configuration_versions: {
    tag: 'Configurations',
    description: 'The history of a configuration: who published what when, and why.',
  },
  compare_configuration_versions: {
    tag: 'Configurations',
    description: 'Where two versions of a configuration state different things. What they inherit is not compared.',
  },
  get_configuration_draft: {
    tag: 'Configurations',
    description: 'What waits to be published. A configuration has one draft, whoever writes it.',
  },
  save_configuration_draft: {
    tag: 'Configurations',
    description: `The draft says all that the next version will: it replaces an earlier draft, whole. It may name parents that are yet to be published. No group gets anything of it before it is published. Room is for ${keys} keys in \`settings\`, \`variants\`, \`unset\` and \`locked\` together, and for ${bytes} bytes of JSON.`,
  },
  discard_configuration_draft: {
    tag: 'Configurations',
    description: 'What was published stays as it is.',
  },
  plan_configuration_publish: {
    tag: 'Configurations',
    description:
      'Which servers would get other settings and which, what would be refused, and who has to publish it. Nothing changes; publishing asks for `planHash`.',
  },
  publish_configuration: {
    tag: 'Configurations',
    description:
      'Makes the draft the newest version, if the plan is still the one that was looked at; else `configuration.plan_outdated` tells the new one. Groups that follow it are planned again in stages, which goes on after the answer.',
  },
  rollback_configuration: {
    tag: 'Configurations',
    description:
      'Makes a new version that says the same as an earlier one, planned and published as any other. Nobody else has to approve it.',
  },
  resume_configuration_rollout: {
    tag: 'Configurations',
    description: 'Groups that were not reached get the version that had failed for others, in stages as before.',
  },
  delete_configuration: {
    tag: 'Configurations',
    description:
      'Only what nothing inherits from, no binding names and no group follows can be deleted, its draft with it. If it is made again, its version numbers go on.',
  },
  get_configuration_graph: {
    tag: 'Configurations',
    description:
      'Every configuration, what it inherits from, and the older versions that something pins. With `draft`, as it would be if the draft were published.',
  },
  list_bindings: {
    tag: 'Bindings',
    description:
      'All of them. Of a user, their own bindings go before those of their groups, and both before the default.',
  },
  create_binding: {
    tag: 'Bindings',
    description:
      'A subject may have several bindings of different priorities. Groups that are concerned are planned again.',
  },
  update_binding: {
    tag: 'Bindings',
    description: 'Subject and priority stay. Groups that are concerned are planned again.',
  },
  delete_binding: {
    tag: 'Bindings',
    description: 'The next binding of the subject holds then. Groups that are concerned are planned again.',
  },
  audit_protection_group: {
    tag: 'Drift',
    description:
      'Reads what AWS has now, as the schedule does, and changes nothing there. The call waits a while for the outcome; `requested` says that the audit is still under way.',
  },
  list_instance_drift: {
    tag: 'Drift',
    description:
      'Those of one group, or of all groups that the caller may see, as their newest audits found them. Those that could not be told come last.',
  },
  get_instance_drift: {
    tag: 'Drift',
    description:
      'As the newest audit found it. A server that was not audited yet is `unknown`. An instance that nobody knows is told as `instance.not_found` only to those who may see everything.',
  },
  remediate_instance: {
    tag: 'Drift',
    description:
      'Whoever asks for it is not held by budgets, maintenance windows or back-off; never under a recovery, nor beside an apply. What is adopted is saved in the draft of the configuration, where it waits to be published, or proposed as an override, which somebody else has to approve. The call waits a while for the outcome.',
  },
  get_audit_log: {
    tag: 'Audit',
    description: 'Entries of a span of time, newest first: of all groups, or of one group or one actor.',
  },
};
