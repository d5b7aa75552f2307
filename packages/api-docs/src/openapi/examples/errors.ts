import type { OperationError } from '@prelaunch/contracts/operations/operation-error';
import type { Shown } from '../examples.ts';
import { freshPlan, PLAN_HASH } from './configurations.ts';
import { SERVER } from './statuses.ts';

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
    ownProposal: {
      summary: 'An override that whoever proposed it wants to approve',
      value: {
        error: {
          code: 'drift.approved_by_proposer',
          message: 'whoever proposed it does not approve it',
          retryable: false,
          details: [{ path: 'action', value: 'approve', allowed: 'approval by somebody else' }],
          requestId,
        },
      },
    },
    ownDraft: {
      summary: 'A draft that somebody else has to publish',
      value: {
        error: {
          code: 'configuration.approval_needed',
          message:
            'the draft of production has to be published by somebody who did not write it: it changes critical settings',
          retryable: false,
          details: [
            {
              path: 'configurationId',
              value: 'production',
              allowed: 'somebody who may publish and has not saved this draft',
            },
          ],
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
    noInstance: {
      summary: 'An instance that nobody knows',
      value: {
        error: {
          code: 'instance.not_found',
          message: `nothing is known of ${SERVER}`,
          retryable: false,
          details: [
            {
              path: 'instanceId',
              value: SERVER,
              allowed: 'a source server of a protection group, or an instance that a recovery launched from one',
            },
          ],
          requestId,
        },
      },
    },
    noBinding: {
      summary: 'A user whom no binding is for',
      value: {
        error: {
          code: 'binding.unknown_subject',
          message: 'neither alice nor a group of theirs is bound to a configuration, and there is no default binding',
          retryable: false,
          details: [
            {
              path: 'userId',
              value: 'alice',
              allowed: 'a user with a binding; bind them, one of their groups, or the default',
            },
          ],
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
    recoveryRunning: {
      summary: 'Nothing is changed under a recovery or a drill',
      value: {
        error: {
          code: 'drift.recovery_running',
          message: `a recovery or a drill of ${SERVER} is under way`,
          retryable: true,
          details: [],
          requestId,
        },
      },
    },
    planOutdated: {
      summary: 'Groups changed after the plan was made: the new plan is answered',
      value: {
        error: {
          code: 'configuration.plan_outdated',
          message: 'the plan is outdated: the draft, the graph or the groups have changed since; look at the new one',
          retryable: false,
          details: [{ path: 'planHash', value: PLAN_HASH, allowed: freshPlan.planHash }],
          requestId,
          plan: freshPlan,
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
    notFeasible: {
      summary: 'A key that cannot be put right while the instance runs',
      value: {
        error: {
          code: 'drift.not_feasible',
          message: 'instanceType: not without stopping the instance',
          retryable: false,
          details: [{ path: 'action', value: 'sync', allowed: 'another action' }],
          requestId,
        },
      },
    },
    locked: {
      summary: 'A draft that states what something further up has locked',
      value: {
        error: {
          code: 'configuration.locked',
          message: 'production states metadataOptions, which compliance@2 has locked',
          retryable: false,
          details: [
            {
              path: 'configurations.production.settings.metadataOptions',
              value: 'metadataOptions',
              allowed: 'nothing about metadataOptions: take it out, or have it unlocked in compliance first',
            },
          ],
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
