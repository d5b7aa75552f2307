import type { z } from 'zod';
import { GetAuditLogRequest, GetAuditLogResponse } from './operations/audit-log.ts';
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
