import type { ErrorCode } from '@prelaunch/contracts/error-codes';

/** What to do about AWS's refusals, by AWS's own code. */
const BY_AWS_CODE: Readonly<Record<string, string>> = {
  AccessDenied:
    'let the role that Prelaunch assumes in the account make this call, and check its trust policy and external id',
  AccessDeniedException: 'let the role that Prelaunch uses in the account make this call',
  UnauthorizedOperation: 'let the role that Prelaunch uses in the account make this call',
  AuthFailure: 'check the account and the role that TargetAccounts names for it',
  OptInRequired: 'enable the Region in the account',
  UninitializedAccountException: 'initialise Elastic Disaster Recovery in this account and Region',
  ResourceNotFoundException:
    'check that the source server exists in this account and Region, or remove it from the group',
  ServiceQuotaExceededException: 'ask AWS for a larger quota, or free some of it',
  ValidationException: 'correct the setting in the definition of the group and publish it again',
  InvalidParameterValue: 'correct the setting in the definition of the group and publish it again',
  InvalidParameterCombination: 'correct the settings that do not go together and publish the group again',
  VersionLimitExceeded: 'delete versions of the launch template that nobody needs: EC2 keeps 10,000',
};

/** What to do about our own errors where their text does not say it already. */
const BY_CODE: Partial<Record<ErrorCode, string>> = {
  'account.unknown': 'register the account in TargetAccounts with its role and external id',
  'apply.exhausted': 'see to what the message names; it is tried again by itself',
  'apply.read_back_mismatch': 'find out who else writes these settings',
  'aws.refused': 'see to what the message of AWS names, then apply the group again',
  'template.unknown_parameter': 'remove the parameter from the launch template, or wait for a version that knows it',
  'template.unmanaged_content': 'look at the newest version of the launch template, and report this',
};

/** What a person can do about an error. Undefined where nothing is to be done, or the error says it itself. */
export function remedyOf(code: ErrorCode, awsCode?: string): string | undefined {
  return (awsCode === undefined ? undefined : BY_AWS_CODE[awsCode]) ?? BY_CODE[code];
}
