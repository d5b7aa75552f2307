import { operations } from '@prelaunch/contracts/operations';
import type { AccessAction, AccessQuestion, AccessResource, Principal, Publishing } from '@prelaunch/core/access/gate';

/** Builders for questions to the gate; each states only what matters. */

export const ACTIONS = [...Object.keys(operations), 'view_settings'] as AccessAction[];

export const estate: AccessResource = { kind: 'estate' };

export function group(groupId = 'payments', tags: Readonly<Record<string, string>> = {}): AccessResource {
  return { kind: 'group', groupId, tags };
}

export function configuration(configurationId = 'production'): AccessResource {
  return { kind: 'configuration', configurationId };
}

export function somebody(...grantees: readonly string[]): Principal {
  return { id: 'cognito:0000', label: 'somebody', grantees };
}

type Kinds = readonly [AccessResource['kind'], ...AccessResource['kind'][]];

const GROUP: Kinds = ['group'];
const CONFIGURATION: Kinds = ['configuration'];
const ESTATE: Kinds = ['estate'];

/** What each action may be asked of, the usual first. An operation that is added has to say so here. */
const KINDS: Readonly<Record<AccessAction, Kinds>> = {
  list_protection_groups: ESTATE,
  create_protection_group: GROUP,
  get_protection_group: GROUP,
  update_protection_group: GROUP,
  delete_protection_group: GROUP,
  add_servers_to_group: GROUP,
  remove_servers_from_group: GROUP,
  apply_launch_configs: GROUP,
  get_launch_config_status: GROUP,
  start_wave_recovery: GROUP,
  audit_protection_group: GROUP,
  list_instance_drift: ['estate', 'group'],
  get_instance_drift: ['group', 'estate'],
  remediate_instance: ['group', 'estate'],
  resolve_configuration: ['configuration', 'group', 'estate'],
  list_configurations: ESTATE,
  get_configuration: CONFIGURATION,
  list_configuration_versions: CONFIGURATION,
  compare_configuration_versions: CONFIGURATION,
  get_configuration_draft: CONFIGURATION,
  save_configuration_draft: CONFIGURATION,
  discard_configuration_draft: CONFIGURATION,
  plan_configuration_publish: CONFIGURATION,
  publish_configuration: CONFIGURATION,
  rollback_configuration: CONFIGURATION,
  resume_configuration_rollout: CONFIGURATION,
  delete_configuration: CONFIGURATION,
  get_configuration_graph: ['configuration', 'estate'],
  list_bindings: ESTATE,
  create_binding: ESTATE,
  update_binding: ESTATE,
  delete_binding: ESTATE,
  get_audit_log: ['group', 'estate'],
  view_settings: ['group', 'configuration', 'estate'],
};

const BY_KIND: Readonly<Record<AccessResource['kind'], AccessResource>> = {
  estate,
  configuration: configuration(),
  group: group(),
};

/** One resource of each kind that an action may be asked of. */
export function usualResources(action: AccessAction): AccessResource[] {
  return KINDS[action].map((kind) => BY_KIND[kind]);
}

/** What an action is asked of when nothing is said about it. */
export function usualResource(action: AccessAction): AccessResource {
  return BY_KIND[KINDS[action][0]];
}

export function question(principal: Principal, action: AccessAction, resource = usualResource(action)): AccessQuestion {
  return { principal, action, resource };
}

/** Whether somebody may publish what would do that. */
export function publishes(principal: Principal, publishing: Partial<Publishing>, of?: AccessResource): AccessQuestion {
  const nothing = { changedServers: 0, keyClasses: [], isOwn: false };
  return { ...question(principal, 'publish_configuration', of), publishing: { ...nothing, ...publishing } };
}
