import type { GetInstanceProfileResponse } from '@aws-sdk/client-iam';
import { ServiceError } from '../errors.ts';
import { ownEntry } from '../own-entry.ts';
import type { ServiceProtocol, StandardErrors } from '../service-protocol.ts';
import type { Account, World } from '../state.ts';
import { queryForm, readInput, writeOutput, writeQueryError } from '../wire/query-protocol.ts';

type Operation = (input: Record<string, unknown>, account: Account) => object;

const OPERATIONS: Readonly<Record<string, Operation>> = { GetInstanceProfile: getInstanceProfile };

const iamErrors: StandardErrors = {
  throttled: () => new ServiceError(400, 'Throttling', 'Rate exceeded'),
  internal: () => new ServiceError(500, 'ServiceFailure', 'The request processing has failed'),
  conflict: () => new ServiceError(409, 'ConcurrentModification', 'The request was made at the same time as another'),
  accessDenied: (arn, operation) =>
    new ServiceError(403, 'AccessDenied', `User: ${arn} is not authorized to perform: iam:${operation}`),
  invalidToken: () =>
    new ServiceError(403, 'InvalidClientTokenId', 'The security token included in the request is invalid.'),
  expiredToken: () => new ServiceError(403, 'ExpiredToken', 'The security token included in the request is expired'),
};

/** IAM is one for all Regions: whatever Region signed the request, it is the account that is asked. */
export function createIamProtocol(world: World): ServiceProtocol {
  return {
    errors: iamErrors,
    operationOf: (request) => queryForm(request).get('Action') ?? '',
    rateClassOf: (operation) => operation,
    resourceIdsOf: () => [],
    writeError: (error, requestId) => writeQueryError('iam', error, requestId),
    run(operation, request, call) {
      const run = ownEntry(OPERATIONS, operation);
      if (!run)
        throw new ServiceError(400, 'InvalidAction', `Could not find operation ${operation} for version 2010-05-08`);
      const output = run(readInput('iam', operation, queryForm(request)), world.account(call.place.accountId));
      return writeOutput('iam', operation, output, call.ids.uuid('request'));
    },
  };
}

function getInstanceProfile(
  { InstanceProfileName: name }: { InstanceProfileName?: string },
  { instanceProfiles }: Account,
): GetInstanceProfileResponse {
  if (name === undefined || !/^[\w+=,.@-]{1,128}$/.test(name)) {
    const message = "1 validation error detected: Value at 'instanceProfileName' failed to satisfy constraint";
    throw new ServiceError(400, 'ValidationError', message);
  }
  const InstanceProfile = instanceProfiles.get(name);
  if (!InstanceProfile) throw new ServiceError(404, 'NoSuchEntity', `Instance Profile ${name} cannot be found.`);
  return { InstanceProfile };
}
