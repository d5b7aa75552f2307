import type { OperationError } from '@prelaunch/contracts/operations/operation-error';
import type { Shown } from '../examples.ts';

const requestId = '3f9c2a6e-5d1b-4c8e-9a70-2b6d1e4f8c35';

const FIELDS =
  'one of operation, groupId, generation, serverIds, serverOverrides, invokedBy, correlationId, idempotencyKey';

/** What failures look like, by status. */
export const errorExamples: Readonly<Record<number, Shown<OperationError>>> = {
  400: {
    unknownField: {
      summary: 'A field that is not known',
      value: {
        error: {
          code: 'request.invalid',
          message: 'serverId is not a known field',
          retryable: false,
          details: [{ path: 'serverId', value: 's-1234567890abcdef0', allowed: FIELDS }],
          requestId,
        },
      },
    },
  },
  401: {
    nobody: {
      summary: 'A request without an Authorization header',
      value: {
        error: {
          code: 'auth.missing',
          message:
            'The request has no Authorization header. Send a bearer token, or sign the request with AWS Signature Version 4.',
          retryable: false,
          details: [],
          requestId,
        },
      },
    },
  },
  403: {
    denied: {
      summary: 'An operation that no role of the caller includes',
      value: {
        error: {
          code: 'access.denied',
          message: 'your roles do not allow delete_protection_group here',
          retryable: false,
          details: [{ path: 'groupId', value: 'pg-orders', allowed: 'what a role was given for' }],
          requestId,
        },
      },
    },
  },
  404: {
    noGroup: {
      summary: 'A group that does not exist',
      value: {
        error: {
          code: 'group.not_found',
          message: 'protection group pg-orders does not exist',
          retryable: false,
          details: [{ path: 'groupId', value: 'pg-orders', allowed: 'the id of a protection group' }],
          requestId,
        },
      },
    },
  },
  409: {
    movedOn: {
      summary: 'Somebody changed the group in the meantime',
      value: {
        error: {
          code: 'group.generation_mismatch',
          message: 'protection group pg-orders is at generation 8, not 7: look at it and decide again',
          retryable: false,
          details: [{ path: 'generation', value: 7, allowed: '8' }],
          requestId,
        },
      },
    },
  },
  422: {
    notMember: {
      summary: 'Settings for a server that is not in the group',
      value: {
        error: {
          code: 'group.override_of_stranger',
          message: 'serverOverrides: s-1234567890abcdef0 is not among the ids that are in serverIds',
          retryable: false,
          details: [{ path: 'serverOverrides', value: 's-1234567890abcdef0', allowed: 'ids that are in serverIds' }],
          requestId,
        },
      },
    },
  },
  503: {
    busy: {
      summary: 'The tables take no more at the moment',
      value: {
        error: {
          code: 'store.busy',
          message: 'table prelaunch-production-ProtectionGroups did not answer for all keys',
          retryable: true,
          details: [],
          requestId,
        },
      },
    },
  },
};
