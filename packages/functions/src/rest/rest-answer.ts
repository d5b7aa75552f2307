import { httpStatusOf } from '@prelaunch/contracts/http-status';
import type { OperationRequest, OperationResponse } from '@prelaunch/contracts/operations';
import { DraftMismatchError } from '@prelaunch/core/configuration/configuration-errors';
import { GenerationMismatchError } from '@prelaunch/core/group/group-errors';
import { statusPathOf } from '@prelaunch/core/group/group-view';
import type { Served } from '@prelaunch/core/operation/call';
import { onlyReads } from '@prelaunch/core/operation/only-reads';
import type { Refused } from '../runtime/answer-call.ts';
import { MethodNotAllowedError } from './rest-errors.ts';

export interface RestAnswer {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

const LOOK_AGAIN_SECONDS = '2';

const HEADERS = {
  'content-type': 'application/json',
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
} as const;

/** A result over HTTP: 201 for what was created, 202 for what is still being applied, and where to look then. */
export function servedAnswer({ request, response }: Served): RestAnswer {
  const open = onlyReads(request.operation) ? undefined : openPath(response);
  const creates = CREATES.has(request.operation);
  const created = creates ? createdPath(response) : undefined;
  const statusCode = open !== undefined ? 202 : creates ? 201 : 200;
  return {
    statusCode,
    headers: {
      ...HEADERS,
      ...('generation' in response && { etag: `"${response.generation}"` }),
      ...(created !== undefined && { location: created }),
      ...(open !== undefined && { 'retry-after': LOOK_AGAIN_SECONDS }),
      ...(open !== undefined && open !== '' && { location: open }),
    },
    body: JSON.stringify(response),
  };
}

const CREATES: ReadonlySet<OperationRequest['operation']> = new Set([
  'create_protection_group',
  'create_binding',
  'publish_configuration',
  'rollback_configuration',
]);

/** Where to find what a request made, if it can be got by itself. */
function createdPath(response: OperationResponse): string | undefined {
  if ('groupId' in response) return `/protection-groups/${response.groupId}`;
  return 'configurationId' in response ? `/configurations/${response.configurationId}` : undefined;
}

/** Where the outcome of what is not done yet will show: at a path, or, with none, in the answer to the same call. */
function openPath(response: OperationResponse): string | undefined {
  if ('statusPath' in response) return response.statusPath;
  if ('outcome' in response && response.outcome === 'still_applying') return statusPathOf(response.groupId);
  if ('status' in response && (response.status === 'deleting' || response.status === 'applying')) return '';
  return undefined;
}

export function refusedAnswer({ answer, cause }: Refused): RestAnswer {
  return {
    statusCode: httpStatusOf(answer.error),
    headers: {
      ...HEADERS,
      ...(answer.error.retryable && { 'retry-after': LOOK_AGAIN_SECONDS }),
      ...((cause instanceof GenerationMismatchError || cause instanceof DraftMismatchError) && {
        etag: `"${cause.current}"`,
      }),
      ...(cause instanceof MethodNotAllowedError && { allow: cause.methods.join(', ') }),
    },
    body: JSON.stringify(answer),
  };
}

/** A document that is the same for everybody. */
export function documentAnswer(document: unknown): RestAnswer {
  return { statusCode: 200, headers: { ...HEADERS, 'cache-control': 'max-age=300' }, body: JSON.stringify(document) };
}
