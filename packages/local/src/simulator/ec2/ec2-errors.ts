import { ServiceError } from '../errors.ts';
import type { StandardErrors } from '../service-protocol.ts';

export const ec2Errors: StandardErrors = {
  throttled: () => new ServiceError(503, 'RequestLimitExceeded', 'Request limit exceeded.'),
  internal: () => new ServiceError(500, 'InternalError', 'An internal error has occurred'),
  conflict: (resourceId) => new ServiceError(400, 'IncorrectState', `The resource ${resourceId} is being modified`),
  accessDenied: (arn, operation) =>
    new ServiceError(
      403,
      'UnauthorizedOperation',
      `You are not authorized to perform this operation. User: ${arn} is not authorized to perform: ec2:${operation}`,
    ),
  invalidToken: () =>
    new ServiceError(401, 'AuthFailure', 'AWS was not able to validate the provided access credentials'),
  expiredToken: () => new ServiceError(400, 'RequestExpired', 'Request has expired.'),
};

export function templateIdNotFound(launchTemplateId: string): ServiceError {
  const message = `The specified launch template, with template ID ${launchTemplateId}, does not exist.`;
  return new ServiceError(400, 'InvalidLaunchTemplateId.NotFound', message);
}

/** Refuses ids that name nothing. `kind` is EC2's word for what they should name. */
export function idsNotFound(code: string, kind: string): (missing: readonly string[]) => ServiceError {
  return (missing) => {
    const isOne = missing.length === 1;
    const message = `The ${kind}${isOne ? '' : 's'} '${missing.join(', ')}' ${isOne ? 'does' : 'do'} not exist`;
    return new ServiceError(400, code, message);
  };
}

export function versionNotFound(launchTemplateId: string, version: string): ServiceError {
  const message = `Could not find the specified version ${version} for the launch template with ID ${launchTemplateId}.`;
  return new ServiceError(400, 'InvalidLaunchTemplateId.VersionNotFound', message);
}

export function invalidParameter(message: string): ServiceError {
  return new ServiceError(400, 'InvalidParameterValue', message);
}

export function missingParameter(name: string): ServiceError {
  return new ServiceError(400, 'MissingParameter', `The request must contain the parameter ${name}`);
}
