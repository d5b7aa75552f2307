import type { DRS_SETTINGS, LaunchSettings, SettingName } from '@prelaunch/contracts/launch-settings';
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

/** A version of a launch template: what Prelaunch manages of it. `content` is all of it, opaque here. Versions never change. */
export interface TemplateVersion {
  readonly launchTemplateId: string;
  readonly versionNumber: number;
  readonly settings: TemplateSettings;
  readonly content: unknown;
  /** Who made it, as EC2 names them; undefined where EC2 does not say. */
  readonly createdBy?: string | undefined;
}

/** Which version of a template DRS launches from, and which was made last. */
export interface VersionNumbers {
  readonly defaultVersion: number;
  readonly latestVersion: number;
}

export interface LaunchTemplates {
  /** The version that DRS launches from, as it is now. Reads that come together are one call where that is cheaper. */
  getDefault(target: Target, launchTemplateId: string): Promise<TemplateVersion>;
  /** The numbers as they are now. Reads that come together are one call. */
  getNumbers(target: Target, launchTemplateId: string): Promise<VersionNumbers>;
  /**
   * Makes a version with the changes on top of `base`, all else kept; `null` removes. The same token makes one version only.
   * Answers it as AWS holds it. Throws `UnmanagedContentError` when AWS made something else of what Prelaunch does not manage.
   */
  createVersion(
    target: Target,
    base: TemplateVersion,
    changes: TemplateSettings,
    token: string,
  ): Promise<TemplateVersion>;
  /** Answers the numbers right after the change. */
  setDefault(target: Target, launchTemplateId: string, versionNumber: number): Promise<VersionNumbers>;
  /** Deletes the versions that Prelaunch made, but for the newest `keep` of them and the default. Answers how many. */
  prune(target: Target, launchTemplateId: string, keep: number): Promise<number>;
}

/** What Prelaunch does not manage would have changed in a launch template; the version was not made the default. */
export class UnmanagedContentError extends DomainError {
  override readonly name = 'UnmanagedContentError';
  readonly code = 'template.unmanaged_content';
  /** The parameters of the template that came out otherwise. */
  readonly parameters: readonly string[];

  constructor(launchTemplateId: string, parameters: readonly string[]) {
    super(
      `a new version of ${launchTemplateId} would change ${parameters.join(', ')}, which Prelaunch does not manage`,
    );
    this.parameters = parameters;
  }
}

interface CallFailure {
  readonly kind: 'refused' | 'throttled' | 'unavailable';
  readonly operation: string;
  readonly awsCode: string;
  readonly message: string;
  /** False when no answer came: the call may have had its effect, or may still have it. */
  readonly answered: boolean;
  readonly retryAfterSeconds?: number | undefined;
  /** The request's fields that AWS named as the cause. */
  readonly fields?: readonly string[];
  /** The settings that the call was about. */
  readonly settings?: readonly SettingName[];
  readonly cause: unknown;
}

/** AWS refused or failed a call. `awsCode` and the message are AWS's own. */
export class AwsCallError extends DomainError {
  override readonly name = 'AwsCallError';
  readonly code: `aws.${CallFailure['kind']}`;
  override readonly retryable: boolean;
  override readonly retryAfterSeconds: number | undefined;
  readonly awsCode: string;
  readonly operation: string;
  readonly answered: boolean;
  readonly settings: readonly SettingName[];
  readonly #failure: CallFailure;

  constructor(failure: CallFailure) {
    super(`${failure.operation}: ${failure.message}`, { cause: failure.cause });
    this.code = `aws.${failure.kind}`;
    this.retryable = failure.kind !== 'refused';
    this.retryAfterSeconds = failure.retryAfterSeconds;
    this.awsCode = failure.awsCode;
    this.operation = failure.operation;
    this.answered = failure.answered;
    this.settings = failure.settings ?? [];
    this.#failure = failure;
  }

  /** The same failure of a call that wrote these settings: those of them that AWS named, or else all. */
  about(settings: readonly SettingName[]): AwsCallError {
    const { fields = [] } = this.#failure;
    const named = settings.filter((setting) => fields.some((field) => field.split('.')[0] === setting));
    return new AwsCallError({ ...this.#failure, settings: named.length > 0 ? named : settings });
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
