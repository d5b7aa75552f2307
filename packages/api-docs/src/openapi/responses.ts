import { errorCodesOf } from '@prelaunch/contracts/http-status';
import { type OperationName, operations } from '@prelaunch/contracts/operations';
import { OperationError } from '@prelaunch/contracts/operations/operation-error';
import * as z from 'zod';
import type { ZodOpenApiResponseObject, ZodOpenApiResponsesObject } from 'zod-openapi';
import { errorExamples } from './examples/errors.ts';
import { examples } from './examples.ts';
import { fieldsOf, type Way } from './field-places.ts';

const ETag = z.string().meta({ description: 'The generation of what is answered, for `If-Match`.', example: '"7"' });
const OutcomeLocation = z.string().meta({
  description: 'Where the outcome will show.',
  example: '/protection-groups/pg-orders/launch-config-status',
});
const InstancesLocation = OutcomeLocation.meta({
  description: 'Where the outcome will show.',
  example: '/instances?groupId=pg-orders',
});
const DriftLocation = OutcomeLocation.meta({
  description: 'Where the outcome will show.',
  example: '/instances/s-1234567890abcdef0/drift',
});
const RetryAfter = z.string().meta({ description: 'In how many seconds to look again.', example: '2' });

/** What an operation may answer, by status. */
export function responsesOf(name: OperationName, way: Way): ZodOpenApiResponsesObject {
  return {
    ...successesOf(name),
    ...Object.fromEntries(errorStatusesOf(name, way).map((status) => [status, failure(status)])),
  };
}

interface Success {
  readonly status: '200' | '201' | '202';
  readonly description: string;
  readonly headers: Readonly<Record<string, z.ZodType>>;
}

/** Operations of which the outcome may come later than the answer, and whether it shows at another path. */
const OPEN: Partial<Record<OperationName, z.ZodType | undefined>> = {
  create_protection_group: OutcomeLocation,
  update_protection_group: OutcomeLocation,
  delete_protection_group: undefined,
  add_servers_to_group: OutcomeLocation,
  remove_servers_from_group: OutcomeLocation,
  apply_launch_configs: OutcomeLocation,
  start_wave_recovery: undefined,
  audit_protection_group: InstancesLocation,
  remediate_instance: DriftLocation,
};

/** Operations that make something, what that says of it, and where it then is. */
const CREATES: Partial<Record<OperationName, readonly [description: string, location?: string]>> = {
  create_protection_group: ['Created, and nothing is left to be applied.', '/protection-groups/pg-orders'],
  create_binding: ['Created.'],
  publish_configuration: ['Published. Groups get it in stages.', '/configurations/production'],
  rollback_configuration: ['Published. Groups get it in stages.', '/configurations/production'],
};

function doneBy(name: OperationName): Success {
  const headers = 'generation' in operations[name].response.shape ? { ETag } : {};
  const [description, example] = CREATES[name] ?? [];
  if (description === undefined) return { status: '200', description: 'Done.', headers };
  const Location = z.string().meta({ description: 'Where it is.', example });
  return { status: '201', description, headers: { ...headers, ...(example !== undefined && { Location }) } };
}

function successesOf(name: OperationName): ZodOpenApiResponsesObject {
  const done = doneBy(name);
  const where = OPEN[name];
  const headers = { ...done.headers, 'Retry-After': RetryAfter, ...(where && { Location: where }) };
  const outcome = where ? 'The outcome will show at `Location`.' : 'The same call again tells the outcome.';
  const open: Success = { status: '202', description: `Taken, and not done yet. ${outcome}`, headers };
  return Object.fromEntries(
    (name in OPEN ? [done, open] : [done]).map((success) => [success.status, answer(name, success)]),
  );
}

function answer(name: OperationName, { status, description, headers }: Success): ZodOpenApiResponseObject {
  const { response } = operations[name];
  const shown = examples[name].responses[status];
  return {
    description,
    ...(Object.keys(headers).length > 0 && { headers: z.object(headers) }),
    content: { 'application/json': { schema: response, ...(shown && { examples: shown }) } },
  };
}

const ALWAYS = [400, 401, 403, 500, 502, 503];
/** What a path names has to exist. */
const NAMED = ['groupId', 'configurationId', 'bindingId', 'instanceId'];
/** Operations that name what has to exist in other places than their path. */
const NAMING: readonly OperationName[] = ['get_configuration_graph', 'resolve_configuration'];
const CONFLICTS: readonly OperationName[] = ['start_wave_recovery'];

/** The statuses under which an operation may fail. */
function errorStatusesOf(name: OperationName, way: Way): number[] {
  const { path, headers, body } = fieldsOf(name, way);
  const isGuarded = headers.has('idempotencyKey') || headers.has('generation') || CONFLICTS.includes(name);
  const isJudged = operations[name].http.method !== 'GET' && name !== 'start_wave_recovery';
  return [
    ...ALWAYS,
    ...(NAMED.some((field) => path.has(field)) || NAMING.includes(name) ? [404] : []),
    ...(isGuarded ? [409] : []),
    ...(body.size > 0 ? [413] : []),
    ...(isJudged ? [422] : []),
  ].sort();
}

const MEANINGS: Readonly<Record<number, string>> = {
  400: 'The request is not understood.',
  401: 'Who calls is not known.',
  403: 'The caller may not do this.',
  404: 'What the request names does not exist.',
  409: 'What the request is about, or the request itself, has moved on in the meantime, or it exists already.',
  413: 'The request is too large.',
  422: 'The request is understood, and what it asks for cannot be.',
  500: 'Something failed for good that is not the fault of the request.',
  502: 'The function behind the API did not answer.',
  503: 'Something failed that may succeed later.',
};

/** What may succeed later says when; who gave a generation that has passed is told the present one. */
const FAILURE_HEADERS: Readonly<Record<number, z.ZodObject>> = {
  409: z.object({ ETag: ETag.optional(), 'Retry-After': RetryAfter.optional() }),
  502: z.object({ 'Retry-After': RetryAfter.optional() }),
  503: z.object({ 'Retry-After': RetryAfter.optional() }),
};
const failures = new Map<number, ZodOpenApiResponseObject>();

/** One component for each status: errors are the same for all operations. */
function failure(status: number): ZodOpenApiResponseObject {
  const known = failures.get(status);
  if (known) return known;
  const codes = errorCodesOf(status).map((code) => `\`${code}\``);
  const told = codes.length === 0 ? 'Codes: any other.' : `Codes: ${codes.join(', ')}.`;
  const shown = errorExamples[status];
  const headers = FAILURE_HEADERS[status];
  const made: ZodOpenApiResponseObject = {
    id: `Error${status}`,
    description: `${MEANINGS[status]} ${told}`,
    ...(headers && { headers }),
    content: { 'application/json': { schema: OperationError, ...(shown && { examples: shown }) } },
  };
  failures.set(status, made);
  return made;
}
