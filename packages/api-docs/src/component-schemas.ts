import { AuditEntry } from '@prelaunch/contracts/audit';
import { ConfigurationRef, KeyProvenance, StatedBy, VersionRef } from '@prelaunch/contracts/configuration';
import {
  DriftBaseline,
  DriftDifference,
  DriftHistoryEntry,
  DriftNote,
  DriftVerdict,
  IgnoreRule,
  InstanceId,
  Remediation,
  StatedDriftPolicy,
} from '@prelaunch/contracts/drift';
import { AccountId, ConfigurationId, CorrelationId, GroupId, Region, SourceServerId } from '@prelaunch/contracts/ids';
import { LaunchSettings } from '@prelaunch/contracts/launch-settings';
import { GetAuditLogResponse } from '@prelaunch/contracts/operations/audit-log';
import {
  Binding,
  BindingSubject,
  DeleteBindingResponse,
  ListBindingsResponse,
} from '@prelaunch/contracts/operations/bindings';
import {
  CompareConfigurationVersionsResponse,
  Configuration,
  ConfigurationDraft,
  ConfigurationGraph,
  ConfigurationSummary,
  DeleteConfigurationResponse,
  DiscardConfigurationDraftResponse,
  ListConfigurationsResponse,
  ListConfigurationVersionsResponse,
  PlannedChange,
  PublishConfigurationResponse,
  PublishPlan,
  PublishProblem,
  ResolveConfigurationResponse,
  ResumeConfigurationRolloutResponse,
  Rollout,
  VersionDifference,
} from '@prelaunch/contracts/operations/configurations';
import {
  AuditProtectionGroupResponse,
  InstanceDrift,
  InstanceDriftSummary,
  ListInstanceDriftResponse,
} from '@prelaunch/contracts/operations/drift';
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
  AuditProtectionGroupResponse,
  Binding,
  BindingSubject,
  CompareConfigurationVersionsResponse,
  Configuration,
  ConfigurationDraft,
  ConfigurationGraph,
  ConfigurationId,
  ConfigurationRef,
  ConfigurationSummary,
  CorrelationId,
  DeleteBindingResponse,
  DeleteConfigurationResponse,
  DeleteProtectionGroupResponse,
  DiscardConfigurationDraftResponse,
  DriftBaseline,
  DriftDifference,
  DriftHistoryEntry,
  DriftNote,
  DriftVerdict,
  ErrorDetail,
  GetAuditLogResponse,
  GetLaunchConfigStatusResponse,
  GroupDescription,
  GroupId,
  GroupName,
  GroupTags,
  IgnoreRule,
  InstanceDrift,
  InstanceDriftSummary,
  InstanceId,
  KeyProvenance,
  LaunchSettings,
  ListBindingsResponse,
  ListConfigurationsResponse,
  ListConfigurationVersionsResponse,
  ListInstanceDriftResponse,
  ListProtectionGroupsResponse,
  OperationError,
  PlannedChange,
  ProtectionGroup,
  ProtectionGroupSummary,
  PublishConfigurationResponse,
  PublishPlan,
  PublishProblem,
  RecoveryJob,
  Region,
  Remediation,
  ResolveConfigurationResponse,
  ResumeConfigurationRolloutResponse,
  Rollout,
  ServerConfig,
  ServerStatus,
  ShownStatus,
  SourceServerId,
  StartWaveRecoveryResponse,
  StatedBy,
  StatedDriftPolicy,
  StatusCounts,
  StatusError,
  VersionDifference,
  VersionRef,
};

/** What the names of the schemas do not say. */
export const COMPONENT_TEXTS: { readonly [Name in keyof typeof componentSchemas]?: string } = {
  AuditEntry: "One thing that was decided or done, and at which place of which day's chain of the audit log it stands.",
  AuditProtectionGroupResponse: 'What an audit of the whole group came to, or that it is under way.',
  Binding: 'Where a user, a group of users or a protection group begins to inherit.',
  BindingSubject: 'Whom a binding is for. `default` is for users to whom no other binding applies.',
  Configuration:
    'A version of a configuration. Settings read `[redacted]` for those who may not see them. `draft` and `rollout` are those of the configuration.',
  ConfigurationDraft: 'What waits to be published.',
  ConfigurationGraph: 'Configurations and what they inherit from: as data, as Mermaid text, and as an export.',
  ConfigurationRef:
    'A configuration as something else names it: with a version it is pinned, without it follows what is published.',
  ConfigurationSummary: 'A version of a configuration without its settings.',
  DriftBaseline:
    'The golden configuration: what AWS was read to have when that was known to be right. Settings read `[redacted]` for those who may not see them.',
  DriftDifference:
    'One key that is not as it should be. Values are null where there is none, and read `[redacted]` for those who may not see them.',
  DriftHistoryEntry: 'What was found or done at one time.',
  DriftNote: 'What differs and is no drift, and why.',
  ErrorDetail: 'One thing that is wrong with a request: where it is, what it was, and what is allowed there.',
  IgnoreRule:
    'Differences that somebody answers for: they are shown, and neither scored nor put right, until the rule expires.',
  InstanceDrift:
    'What differs on a source server or on an instance that a recovery launched, and what is done about it.',
  InstanceDriftSummary: 'An instance with its newest audit.',
  InstanceId: 'What is audited.',
  KeyProvenance: 'What was decided about one key: who states it, and who does without effect.',
  LaunchSettings:
    'What Prelaunch manages of a source server: the names of AWS in camelCase. A setting that is not stated is not touched; `null` asks for there being none.',
  OperationError: 'What is answered instead of a result.',
  PlannedChange: 'Servers whose effective settings would change in the same way. What is not stated is absent.',
  ProtectionGroup:
    'A group with its definition and its status. Settings read `[redacted]` for those who may not see them.',
  PublishPlan: 'What publishing would do, and the hash with which it is agreed to.',
  PublishProblem: 'A reason with a stable code: where, what was stated, and what is allowed there.',
  Remediation: 'What is done about what differs, or why it is not.',
  ResolveConfigurationResponse:
    'The effective settings, how they came about, and on which revision of the graph. Settings read `[redacted]` for those who may not see them.',
  Rollout: 'How far a version that was published has come.',
  ServerConfig: 'How the settings of one server stand.',
  ShownStatus: 'The status of a group with that of each of its servers.',
  SourceServerId: 'The id of DRS of a replicated machine.',
  StatedBy: 'Where a value was stated.',
  StatedDriftPolicy: 'What a group wants done about drift; what it does not state is as the environment has it.',
  StatusError:
    'Why something is not as asked: a stable code, where, what was given, what is allowed, what AWS said if it did, and what to do.',
  VersionDifference: 'One place at which two versions differ. What is not stated is absent.',
  VersionRef: 'One version of one configuration.',
};
