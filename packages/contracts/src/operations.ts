import type { z } from 'zod';
import { GetAuditLogRequest, GetAuditLogResponse } from './operations/audit-log.ts';
import {
  Binding,
  CreateBindingRequest,
  DeleteBindingRequest,
  DeleteBindingResponse,
  ListBindingsRequest,
  ListBindingsResponse,
  UpdateBindingRequest,
} from './operations/bindings.ts';
import {
  CompareConfigurationVersionsRequest,
  CompareConfigurationVersionsResponse,
  Configuration,
  ConfigurationDraft,
  ConfigurationGraph,
  DeleteConfigurationRequest,
  DeleteConfigurationResponse,
  DiscardConfigurationDraftRequest,
  DiscardConfigurationDraftResponse,
  GetConfigurationDraftRequest,
  GetConfigurationGraphRequest,
  GetConfigurationRequest,
  ListConfigurationsRequest,
  ListConfigurationsResponse,
  ListConfigurationVersionsRequest,
  ListConfigurationVersionsResponse,
  PlanConfigurationPublishRequest,
  PublishConfigurationRequest,
  PublishConfigurationResponse,
  PublishPlan,
  ResolveConfigurationRequest,
  ResolveConfigurationResponse,
  ResumeConfigurationRolloutRequest,
  ResumeConfigurationRolloutResponse,
  RollbackConfigurationRequest,
  SaveConfigurationDraftRequest,
} from './operations/configurations.ts';
import {
  AuditProtectionGroupRequest,
  AuditProtectionGroupResponse,
  GetInstanceDriftRequest,
  InstanceDrift,
  ListInstanceDriftRequest,
  ListInstanceDriftResponse,
  RemediateInstanceRequest,
} from './operations/drift.ts';
import {
  ApplyLaunchConfigsRequest,
  ApplyLaunchConfigsResponse,
  GetLaunchConfigStatusRequest,
  GetLaunchConfigStatusResponse,
} from './operations/launch-configs.ts';
import {
  AddServersToGroupRequest,
  CreateProtectionGroupRequest,
  DeleteProtectionGroupRequest,
  DeleteProtectionGroupResponse,
  GetProtectionGroupRequest,
  ListProtectionGroupsRequest,
  ListProtectionGroupsResponse,
  ProtectionGroup,
  RemoveServersFromGroupRequest,
  UpdateProtectionGroupRequest,
} from './operations/protection-groups.ts';
import { StartWaveRecoveryRequest, StartWaveRecoveryResponse } from './operations/waves.ts';

/** Every operation by the name under which it is invoked: what it takes, what it answers, and where it is in the REST API. */
export const operations = {
  list_protection_groups: {
    summary: 'List protection groups',
    request: ListProtectionGroupsRequest,
    response: ListProtectionGroupsResponse,
    http: { method: 'GET', path: '/protection-groups' },
  },
  create_protection_group: {
    summary: 'Create a protection group and apply its launch settings',
    request: CreateProtectionGroupRequest,
    response: ProtectionGroup,
    http: { method: 'POST', path: '/protection-groups' },
  },
  get_protection_group: {
    summary: 'Get a protection group with its status',
    request: GetProtectionGroupRequest,
    response: ProtectionGroup,
    http: { method: 'GET', path: '/protection-groups/{groupId}' },
  },
  update_protection_group: {
    summary: 'Change a protection group and apply settings to the servers concerned',
    request: UpdateProtectionGroupRequest,
    response: ProtectionGroup,
    http: { method: 'PUT', path: '/protection-groups/{groupId}' },
  },
  delete_protection_group: {
    summary: 'Delete a protection group and release its servers',
    request: DeleteProtectionGroupRequest,
    response: DeleteProtectionGroupResponse,
    http: { method: 'DELETE', path: '/protection-groups/{groupId}' },
  },
  add_servers_to_group: {
    summary: 'Add source servers to a protection group',
    request: AddServersToGroupRequest,
    response: ProtectionGroup,
    http: { method: 'POST', path: '/protection-groups/{groupId}/add-servers' },
  },
  remove_servers_from_group: {
    summary: 'Remove source servers from a protection group',
    request: RemoveServersFromGroupRequest,
    response: ProtectionGroup,
    http: { method: 'POST', path: '/protection-groups/{groupId}/remove-servers' },
  },
  apply_launch_configs: {
    summary: 'Apply the launch settings of a protection group again',
    request: ApplyLaunchConfigsRequest,
    response: ApplyLaunchConfigsResponse,
    http: { method: 'POST', path: '/protection-groups/{groupId}/apply-launch-configs' },
  },
  get_launch_config_status: {
    summary: 'Get the launch configuration status of a protection group and of each of its servers',
    request: GetLaunchConfigStatusRequest,
    response: GetLaunchConfigStatusResponse,
    http: { method: 'GET', path: '/protection-groups/{groupId}/launch-config-status' },
  },
  start_wave_recovery: {
    summary: 'Start the recovery of a wave',
    request: StartWaveRecoveryRequest,
    response: StartWaveRecoveryResponse,
    http: { method: 'POST', path: '/executions/{executionId}/waves/{waveNumber}/start-recovery' },
  },
  resolve_configuration: {
    summary: 'Resolve the effective settings of a user, a configuration, a group or a server',
    request: ResolveConfigurationRequest,
    response: ResolveConfigurationResponse,
    http: { method: 'POST', path: '/configurations/resolve' },
    /** For simple cases, without overrides. */
    simpleHttp: { method: 'GET', path: '/configurations/resolve' },
  },
  list_configurations: {
    summary: 'List configurations',
    request: ListConfigurationsRequest,
    response: ListConfigurationsResponse,
    http: { method: 'GET', path: '/configurations' },
  },
  get_configuration: {
    summary: 'Get a configuration, or one of its versions',
    request: GetConfigurationRequest,
    response: Configuration,
    http: { method: 'GET', path: '/configurations/{configurationId}' },
  },
  list_configuration_versions: {
    summary: 'List the versions of a configuration',
    request: ListConfigurationVersionsRequest,
    response: ListConfigurationVersionsResponse,
    http: { method: 'GET', path: '/configurations/{configurationId}/versions' },
  },
  compare_configuration_versions: {
    summary: 'Compare two versions of a configuration',
    request: CompareConfigurationVersionsRequest,
    response: CompareConfigurationVersionsResponse,
    http: { method: 'GET', path: '/configurations/{configurationId}/compare' },
  },
  get_configuration_draft: {
    summary: 'Get the draft of a configuration',
    request: GetConfigurationDraftRequest,
    response: ConfigurationDraft,
    http: { method: 'GET', path: '/configurations/{configurationId}/draft' },
  },
  save_configuration_draft: {
    summary: 'Save the draft of a configuration, or of a new one',
    request: SaveConfigurationDraftRequest,
    response: ConfigurationDraft,
    http: { method: 'PUT', path: '/configurations/{configurationId}/draft' },
  },
  discard_configuration_draft: {
    summary: 'Discard the draft of a configuration',
    request: DiscardConfigurationDraftRequest,
    response: DiscardConfigurationDraftResponse,
    http: { method: 'DELETE', path: '/configurations/{configurationId}/draft' },
  },
  plan_configuration_publish: {
    summary: 'Plan what publishing a draft, or going back to a version, would change',
    request: PlanConfigurationPublishRequest,
    response: PublishPlan,
    http: { method: 'GET', path: '/configurations/{configurationId}/publish-plan' },
  },
  publish_configuration: {
    summary: 'Publish the draft of a configuration as it was planned',
    request: PublishConfigurationRequest,
    response: PublishConfigurationResponse,
    http: { method: 'POST', path: '/configurations/{configurationId}/publish' },
  },
  rollback_configuration: {
    summary: 'Publish again what an earlier version says',
    request: RollbackConfigurationRequest,
    response: PublishConfigurationResponse,
    http: { method: 'POST', path: '/configurations/{configurationId}/rollback' },
  },
  resume_configuration_rollout: {
    summary: 'Go on with a rollout that was stopped',
    request: ResumeConfigurationRolloutRequest,
    response: ResumeConfigurationRolloutResponse,
    http: { method: 'POST', path: '/configurations/{configurationId}/resume-rollout' },
  },
  delete_configuration: {
    summary: 'Delete a configuration that nothing uses',
    request: DeleteConfigurationRequest,
    response: DeleteConfigurationResponse,
    http: { method: 'DELETE', path: '/configurations/{configurationId}' },
  },
  get_configuration_graph: {
    summary: 'Get the graph of configurations as data, as a picture and for graph databases',
    request: GetConfigurationGraphRequest,
    response: ConfigurationGraph,
    http: { method: 'GET', path: '/configuration-graph' },
  },
  list_bindings: {
    summary: 'List bindings',
    request: ListBindingsRequest,
    response: ListBindingsResponse,
    http: { method: 'GET', path: '/bindings' },
  },
  create_binding: {
    summary: 'Bind a user, a group of users or a protection group to a configuration',
    request: CreateBindingRequest,
    response: Binding,
    http: { method: 'POST', path: '/bindings' },
  },
  update_binding: {
    summary: 'Bind to another configuration',
    request: UpdateBindingRequest,
    response: Binding,
    http: { method: 'PUT', path: '/bindings/{bindingId}' },
  },
  delete_binding: {
    summary: 'Delete a binding',
    request: DeleteBindingRequest,
    response: DeleteBindingResponse,
    http: { method: 'DELETE', path: '/bindings/{bindingId}' },
  },
  audit_protection_group: {
    summary: 'Compare the servers of a protection group with what they should have',
    request: AuditProtectionGroupRequest,
    response: AuditProtectionGroupResponse,
    http: { method: 'POST', path: '/protection-groups/{groupId}/audit' },
  },
  list_instance_drift: {
    summary: 'List source servers and recovery instances by how far they have drifted',
    request: ListInstanceDriftRequest,
    response: ListInstanceDriftResponse,
    http: { method: 'GET', path: '/instances' },
  },
  get_instance_drift: {
    summary: 'Get what differs on a source server or a recovery instance, its score and what is done about it',
    request: GetInstanceDriftRequest,
    response: InstanceDrift,
    http: { method: 'GET', path: '/instances/{instanceId}/drift' },
  },
  remediate_instance: {
    summary: 'Put right what differs, or take it over',
    request: RemediateInstanceRequest,
    response: InstanceDrift,
    http: { method: 'POST', path: '/instances/{instanceId}/remediate' },
  },
  get_audit_log: {
    summary: 'Read the audit log',
    request: GetAuditLogRequest,
    response: GetAuditLogResponse,
    http: { method: 'GET', path: '/audit-log' },
  },
} as const;

export type OperationName = keyof typeof operations;
export type OperationRequest = z.output<(typeof operations)[OperationName]['request']>;
export type OperationResponse = z.output<(typeof operations)[OperationName]['response']>;
