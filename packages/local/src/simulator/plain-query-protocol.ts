import type { Call } from './call.ts';
import { ServiceError } from './errors.ts';
import { ownEntry } from './own-entry.ts';
import type { ServiceProtocol, StandardErrors } from './service-protocol.ts';
import { queryForm, readInput, writeOutput, writeQueryError } from './wire/query-protocol.ts';

interface PlainQueryService {
  readonly service: 'iam' | 'sts';
  readonly version: string;
  /** The refusals that it words itself. */
  readonly errors: Omit<StandardErrors, 'invalidToken' | 'expiredToken'>;
  readonly operations: Readonly<Record<string, (input: Record<string, unknown>, call: Call) => object>>;
}

/** A service that speaks the query protocol as it is, without rates of its own or resources that faults could be about. */
export function plainQueryProtocol({ service, version, errors, operations }: PlainQueryService): ServiceProtocol {
  return {
    errors: {
      ...errors,
      invalidToken: () =>
        new ServiceError(403, 'InvalidClientTokenId', 'The security token included in the request is invalid.'),
      expiredToken: () =>
        new ServiceError(403, 'ExpiredToken', 'The security token included in the request is expired'),
    },
    operationOf: (request) => queryForm(request).get('Action') ?? '',
    rateClassOf: (operation) => operation,
    resourceIdsOf: () => [],
    writeError: (error, requestId) => writeQueryError(service, error, requestId),
    run(operation, request, call) {
      const run = ownEntry(operations, operation);
      if (!run)
        throw new ServiceError(400, 'InvalidAction', `Could not find operation ${operation} for version ${version}`);
      const input = readInput(service, operation, queryForm(request));
      return writeOutput(service, operation, run(input, call), call.ids.uuid('request'));
    },
  };
}
