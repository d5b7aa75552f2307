import type { GetInstanceProfileResponse } from '@aws-sdk/client-iam';
import { ServiceError } from '../errors.ts';
import { plainQueryProtocol } from '../plain-query-protocol.ts';
import type { ServiceProtocol } from '../service-protocol.ts';
import type { Account, World } from '../state.ts';

/** IAM is one for all Regions: whatever Region signed the request, it is the account that is asked. */
export function createIamProtocol(world: World): ServiceProtocol {
  return plainQueryProtocol({
    service: 'iam',
    version: '2010-05-08',
    errors: {
      throttled: () => new ServiceError(400, 'Throttling', 'Rate exceeded'),
      internal: () => new ServiceError(500, 'ServiceFailure', 'The request processing has failed'),
      conflict: () =>
        new ServiceError(409, 'ConcurrentModification', 'The request was made at the same time as another'),
      accessDenied: (arn, operation) =>
        new ServiceError(403, 'AccessDenied', `User: ${arn} is not authorized to perform: iam:${operation}`),
    },
    operations: {
      GetInstanceProfile: (input, { place }) => getInstanceProfile(input, world.account(place.accountId)),
    },
  });
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
