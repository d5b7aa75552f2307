import type { SettingName } from '@prelaunch/contracts/launch-settings';
import { DomainError } from '../errors.ts';
import { settingNames } from './observed-settings.ts';
import { AwsCallError } from './ports.ts';

/** After the writes AWS showed something else: it has not caught up yet, or somebody else wrote. */
export class ReadBackMismatchError extends DomainError {
  override readonly name = 'ReadBackMismatchError';
  readonly code = 'apply.read_back_mismatch';
  override readonly retryable = true;
  readonly settings: readonly SettingName[];

  constructor(settings: readonly SettingName[]) {
    super(`after the writes AWS showed other values for ${settings.join(', ')}`);
    this.settings = settings;
  }
}

/** EC2 showed a launch template as it was before, or it kept changing: nothing can be based on that. */
export class StaleReadError extends DomainError {
  override readonly name = 'StaleReadError';
  readonly code = 'apply.stale_read';
  override readonly retryable = true;

  constructor(launchTemplateId: string) {
    super(`EC2 did not show the newest versions of ${launchTemplateId} in time`);
  }
}

/** Says of AWS's refusal of a write which settings it was about. */
export function concerning(settings: object): (error: unknown) => never {
  return (error) => {
    throw error instanceof AwsCallError ? error.about(settingNames(settings)) : error;
  };
}

export function hasAwsCode(error: unknown, awsCode: string): error is AwsCallError {
  return error instanceof AwsCallError && error.awsCode === awsCode;
}
