import { AuditEntry } from '@prelaunch/contracts/audit';
import { AccountId, CorrelationId, GroupId, Region, SourceServerId } from '@prelaunch/contracts/ids';
import { LaunchSettings } from '@prelaunch/contracts/launch-settings';
import { GetAuditLogResponse } from '@prelaunch/contracts/operations/audit-log';
import {
  ApplyLaunchConfigsResponse,
  GetLaunchConfigStatusResponse,
  ShownStatus,
} from '@prelaunch/contracts/operations/launch-configs';
import { ErrorDetail, OperationError } from '@prelaunch/contracts/operations/operation-error';
import {
  DeleteProtectionGroupResponse,
  ListProtectionGroupsResponse,
  ProtectionGroup,
  ProtectionGroupSummary,
} from '@prelaunch/contracts/operations/protection-groups';
import { RecoveryJob, StartWaveRecoveryResponse } from '@prelaunch/contracts/operations/waves';
import { GroupDescription, GroupName, GroupTags } from '@prelaunch/contracts/protection-group';
import { ServerConfig, ServerStatus, StatusCounts, StatusError } from '@prelaunch/contracts/status';

/** Schemas that the documents name, and refer to wherever they occur. */
export const componentSchemas = {
  AccountId,
  ApplyLaunchConfigsResponse,
  AuditEntry,
  CorrelationId,
  DeleteProtectionGroupResponse,
  ErrorDetail,
  GetAuditLogResponse,
  GetLaunchConfigStatusResponse,
  GroupDescription,
  GroupId,
  GroupName,
  GroupTags,
  LaunchSettings,
  ListProtectionGroupsResponse,
  OperationError,
  ProtectionGroup,
  ProtectionGroupSummary,
  RecoveryJob,
  Region,
  ServerConfig,
  ServerStatus,
  ShownStatus,
  SourceServerId,
  StartWaveRecoveryResponse,
  StatusCounts,
  StatusError,
};

/** What the names of the schemas do not say. */
export const COMPONENT_TEXTS: { readonly [Name in keyof typeof componentSchemas]?: string } = {
  AuditEntry: "One thing that was decided or done, and at which place of which day's chain of the audit log it stands.",
  ErrorDetail: 'One thing that is wrong with a request: where it is, what it was, and what is allowed there.',
  LaunchSettings:
    'What Prelaunch manages of a source server: the names of AWS in camelCase. A setting that is not stated is not touched; `null` asks for there being none.',
  OperationError: 'What is answered instead of a result.',
  ProtectionGroup:
    'A group with its definition and its status. Settings read `[redacted]` for those who may not see them.',
  ServerConfig: 'How the settings of one server stand.',
  ShownStatus: 'The status of a group with that of each of its servers.',
  SourceServerId: 'The id of DRS of a replicated machine.',
  StatusError:
    'Why something is not as asked: a stable code, where, what was given, what is allowed, what AWS said if it did, and what to do.',
};
