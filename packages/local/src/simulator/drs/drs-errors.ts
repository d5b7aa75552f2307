import { ServiceError } from '../errors.ts';
import type { StandardErrors } from '../service-protocol.ts';

export interface InvalidField {
  name: string;
  message: string;
}

export const drsErrors: StandardErrors = {
  throttled: (seconds) =>
    new ServiceError(
      429,
      'ThrottlingException',
      'Rate exceeded',
      { serviceCode: 'drs' },
      { 'retry-after': String(seconds) },
    ),
  internal: (seconds) =>
    new ServiceError(
      500,
      'InternalServerException',
      'An internal error occurred',
      {},
      { 'retry-after': String(seconds) },
    ),
  conflict: (resourceId) => conflict('The resource is being modified', resourceId, 'SourceServer'),
  accessDenied: (arn, operation) => {
    const message = `User: ${arn} is not authorized to perform: drs:${operation}`;
    return new ServiceError(403, 'AccessDeniedException', message, { code: 'AccessDeniedException' });
  },
  invalidToken: () =>
    new ServiceError(403, 'UnrecognizedClientException', 'The security token included in the request is invalid.'),
  expiredToken: () =>
    new ServiceError(403, 'ExpiredTokenException', 'The security token included in the request is expired'),
};

export function conflict(message: string, resourceId: string, resourceType: string): ServiceError {
  return new ServiceError(409, 'ConflictException', message, { code: 'ConflictException', resourceId, resourceType });
}

export function resourceNotFound(resourceType: string, resourceId: string): ServiceError {
  const members = { code: 'ResourceNotFoundException', resourceId, resourceType };
  return new ServiceError(404, 'ResourceNotFoundException', `${resourceType} ${resourceId} was not found`, members);
}

export function quotaExceeded(message: string, quotaCode: string): ServiceError {
  const members = { code: 'ServiceQuotaExceededException', serviceCode: 'drs', quotaCode };
  return new ServiceError(402, 'ServiceQuotaExceededException', message, members);
}

export function invalid(
  message: string,
  fieldList: readonly InvalidField[],
  reason = 'fieldValidationFailed',
): ServiceError {
  return new ServiceError(400, 'ValidationException', message, { code: 'ValidationException', reason, fieldList });
}

export function uninitialized(): ServiceError {
  const message = 'The account is not initialized in this Region';
  return new ServiceError(400, 'UninitializedAccountException', message, { code: 'UninitializedAccountException' });
}
