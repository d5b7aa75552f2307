import type { AssumeRoleRequest, AssumeRoleResponse, GetCallerIdentityResponse } from '@aws-sdk/client-sts';
import type { Call } from '../call.ts';
import { ServiceError } from '../errors.ts';
import { plainQueryProtocol } from '../plain-query-protocol.ts';
import type { ServiceProtocol } from '../service-protocol.ts';
import { type Credentials, callerInRole } from './credentials.ts';

const SESSION_NAME = /^[\w+=,.@-]{2,64}$/;
const DURATION_SECONDS_DEFAULT = 3_600;
const DURATION_SECONDS_MIN = 900;
const DURATION_SECONDS_MAX = 43_200;

export function createStsProtocol(credentials: Credentials): ServiceProtocol {
  return plainQueryProtocol({
    service: 'sts',
    version: '2011-06-15',
    errors: {
      throttled: () => new ServiceError(400, 'Throttling', 'Rate exceeded'),
      internal: () => new ServiceError(500, 'InternalFailure', 'An internal error occurred'),
      conflict: () => new ServiceError(409, 'Conflict', 'The request conflicts with another'),
      accessDenied: (arn, operation) => accessDenied(arn, operation),
    },
    operations: {
      AssumeRole: (input, call) => assumeRole(input, call, credentials),
      GetCallerIdentity: (_input, { caller }): GetCallerIdentityResponse => ({
        UserId: caller.userId,
        Account: caller.accountId,
        Arn: caller.arn,
      }),
    },
  });
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
