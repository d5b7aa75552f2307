import type { DRS_SETTINGS, LaunchSettings } from '@prelaunch/contracts/launch-settings';
import { DomainError } from '../errors.ts';

export type DrsSettings = Pick<LaunchSettings, (typeof DRS_SETTINGS)[number]>;
export type TemplateSettings = Omit<LaunchSettings, keyof DrsSettings>;

/** Where a server recovers to. All calls for one target come from one session. */
export interface Target {
  readonly accountId: string;
  readonly region: string;
}

export interface LaunchConfiguration {
  readonly launchTemplateId: string;
  readonly settings: DrsSettings;
}

/** DRS's launch settings of a server. DRS has no version or token: the last writer wins. */
export interface LaunchConfigurations {
  get(target: Target, serverId: string): Promise<LaunchConfiguration>;
  /** Writes only the given settings. DRS makes a new template version by itself. */
  update(target: Target, serverId: string, changes: DrsSettings): Promise<LaunchConfiguration>;
}

/** A version of a launch template: what Prelaunch manages of it. `content` is all of it, opaque here. */
export interface TemplateVersion {
  readonly launchTemplateId: string;
  readonly versionNumber: number;
  readonly settings: TemplateSettings;
  readonly content: unknown;
}

export interface LaunchTemplates {
  /** The version that DRS launches from. */
  getDefault(target: Target, launchTemplateId: string): Promise<TemplateVersion>;
  /** Makes a version with the changes on top of `base`, all else kept. The same token makes one version only. Answers its number. */
  createVersion(target: Target, base: TemplateVersion, changes: TemplateSettings, token: string): Promise<number>;
  setDefault(target: Target, launchTemplateId: string, versionNumber: number): Promise<void>;
}

/** AWS refused or failed a call. `awsCode` and the message are AWS's own. */
export class AwsCallError extends DomainError {
  override readonly name = 'AwsCallError';
  readonly code: `aws.${'refused' | 'throttled' | 'unavailable'}`;
  override readonly retryable: boolean;
  override readonly retryAfterSeconds: number | undefined;
  readonly awsCode: string;
  readonly operation: string;
  /** False when no answer came: the call may have had its effect, or may still have it. */
  readonly answered: boolean;

  constructor(failure: {
    readonly kind: 'refused' | 'throttled' | 'unavailable';
    readonly operation: string;
    readonly awsCode: string;
    readonly message: string;
    readonly answered: boolean;
    readonly retryAfterSeconds?: number | undefined;
    readonly cause: unknown;
  }) {
    super(`${failure.operation}: ${failure.message}`, { cause: failure.cause });
    this.code = `aws.${failure.kind}`;
    this.retryable = failure.kind !== 'refused';
    this.retryAfterSeconds = failure.retryAfterSeconds;
    this.awsCode = failure.awsCode;
    this.operation = failure.operation;
    this.answered = failure.answered;
  }
}

/** The target account is not one that Prelaunch was told how to reach. */
export class UnknownAccountError extends DomainError {
  override readonly name = 'UnknownAccountError';
  readonly code = 'account.unknown';
  readonly accountId: string;

  constructor(accountId: string) {
    super(`account ${accountId} is neither the home account nor in TargetAccounts`);
    this.accountId = accountId;
  }
}
