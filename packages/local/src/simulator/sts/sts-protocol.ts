import type { AssumeRoleRequest, AssumeRoleResponse, GetCallerIdentityResponse } from '@aws-sdk/client-sts';
import type { Call } from '../call.ts';
import { ServiceError } from '../errors.ts';
import { ownEntry } from '../own-entry.ts';
import type { ServiceProtocol, StandardErrors } from '../service-protocol.ts';
import { queryForm, readInput, writeOutput, writeQueryError } from '../wire/query-protocol.ts';
import { type Credentials, callerInRole } from './credentials.ts';

const SESSION_NAME = /^[\w+=,.@-]{2,64}$/;
const DURATION_SECONDS_DEFAULT = 3_600;
const DURATION_SECONDS_MIN = 900;
const DURATION_SECONDS_MAX = 43_200;

const stsErrors: StandardErrors = {
  throttled: () => new ServiceError(400, 'Throttling', 'Rate exceeded'),
  internal: () => new ServiceError(500, 'InternalFailure', 'An internal error occurred'),
  conflict: () => new ServiceError(409, 'Conflict', 'The request conflicts with another'),
  accessDenied: (arn, operation) => accessDenied(arn, operation),
  invalidToken: () =>
    new ServiceError(403, 'InvalidClientTokenId', 'The security token included in the request is invalid.'),
  expiredToken: () => new ServiceError(403, 'ExpiredToken', 'The security token included in the request is expired'),
};

export function createStsProtocol(credentials: Credentials): ServiceProtocol {
  const operations: Readonly<Record<string, (input: Record<string, unknown>, call: Call) => object>> = {
    AssumeRole: (input, call) => assumeRole(input, call, credentials),
    GetCallerIdentity: (_input, { caller }): GetCallerIdentityResponse => ({
      UserId: caller.userId,
      Account: caller.accountId,
      Arn: caller.arn,
    }),
  };
  return {
    errors: stsErrors,
    operationOf: (request) => queryForm(request).get('Action') ?? '',
    rateClassOf: (operation) => operation,
    resourceIdsOf: () => [],
    writeError: (error, requestId) => writeQueryError('sts', error, requestId),
    run(operation, request, call) {
      const run = ownEntry(operations, operation);
      if (!run)
        throw new ServiceError(400, 'InvalidAction', `Could not find operation ${operation} for version 2011-06-15`);
      const input = readInput('sts', operation, queryForm(request));
      return writeOutput('sts', operation, run(input, call), call.ids.uuid('request'));
    },
  };
}

/** A role that is not trusted and a wrong external id are refused alike, as AWS does. */
function assumeRole(input: Partial<AssumeRoleRequest>, call: Call, credentials: Credentials): AssumeRoleResponse {
  const { RoleArn = '', RoleSessionName = '', ExternalId, SourceIdentity } = input;
  const { DurationSeconds = DURATION_SECONDS_DEFAULT } = input;
  if (!SESSION_NAME.test(RoleSessionName)) throw invalid('roleSessionName');
  if (SourceIdentity !== undefined && !SESSION_NAME.test(SourceIdentity)) throw invalid('sourceIdentity');
  if (DurationSeconds < DURATION_SECONDS_MIN || DurationSeconds > DURATION_SECONDS_MAX)
    throw invalid('durationSeconds');
  const role = credentials.openRole(RoleArn, ExternalId);
  if (!role) throw accessDenied(call.caller.arn, 'AssumeRole', RoleArn);
  const caller = callerInRole(role, { sessionName: RoleSessionName, sourceIdentity: SourceIdentity });
  const issued = credentials.issue({ caller, expiresAt: call.at + DurationSeconds * 1_000 });
  return {
    Credentials: {
      AccessKeyId: issued.accessKeyId,
      SecretAccessKey: issued.secretAccessKey,
      SessionToken: issued.sessionToken,
      Expiration: new Date(issued.expiresAt),
    },
    AssumedRoleUser: { AssumedRoleId: caller.userId, Arn: caller.arn },
    ...(SourceIdentity !== undefined && { SourceIdentity }),
  };
}

function accessDenied(arn: string, operation: string, resource = '*'): ServiceError {
  return new ServiceError(
    403,
    'AccessDenied',
    `User: ${arn} is not authorized to perform: sts:${operation} on resource: ${resource}`,
  );
}

function invalid(member: string): ServiceError {
  return new ServiceError(
    400,
    'ValidationError',
    `1 validation error detected: Value at '${member}' failed to satisfy constraint`,
  );
}
