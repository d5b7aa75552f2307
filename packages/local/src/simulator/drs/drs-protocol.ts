import * as z from 'zod';
import type { Call } from '../call.ts';
import { isRead } from '../call-ledger.ts';
import { ServiceError } from '../errors.ts';
import { ownEntry } from '../own-entry.ts';
import type { ServiceProtocol } from '../service-protocol.ts';
import type { SimulatorRequest, SimulatorResponse } from '../simulator-request.ts';
import { drsErrors, invalid, uninitialized } from './drs-errors.ts';
import { DescribeJobLogItemsRequest, DescribeJobsRequest, describeJobLogItems, describeJobs } from './jobs.ts';
import {
  GetLaunchConfigurationRequest,
  getLaunchConfiguration,
  UpdateLaunchConfigurationRequest,
  updateLaunchConfiguration,
} from './launch-configuration.ts';
import {
  DescribeRecoveryInstancesRequest,
  describeRecoveryInstances,
  TerminateRecoveryInstancesRequest,
  terminateRecoveryInstances,
} from './recovery-instances.ts';
import { DescribeSourceServersRequest, describeSourceServers } from './source-servers.ts';
import { StartRecoveryRequest, startRecovery } from './start-recovery.ts';
import {
  ListTagsForResourceRequest,
  listTagsForResource,
  TagResourceRequest,
  tagResource,
  UntagResourceRequest,
  untagResource,
} from './tags.ts';

interface Operation {
  status: number;
  method: string;
  /** Parses the input, lets the operation run, and says what both were. */
  run(body: unknown, call: Call): { input: unknown; output: object };
}

const OPERATIONS: Readonly<Record<string, Operation>> = {
  DescribeJobLogItems: operation(DescribeJobLogItemsRequest, describeJobLogItems),
  DescribeJobs: operation(DescribeJobsRequest, describeJobs),
  DescribeRecoveryInstances: operation(DescribeRecoveryInstancesRequest, describeRecoveryInstances),
  DescribeSourceServers: operation(DescribeSourceServersRequest, describeSourceServers),
  GetLaunchConfiguration: operation(GetLaunchConfigurationRequest, getLaunchConfiguration),
  InitializeService: operation(z.object({}), initializeService, { status: 204 }),
  ListTagsForResource: operation(ListTagsForResourceRequest, listTagsForResource, { method: 'GET' }),
  StartRecovery: operation(StartRecoveryRequest, startRecovery, { status: 202 }),
  TagResource: operation(TagResourceRequest, tagResource),
  TerminateRecoveryInstances: operation(TerminateRecoveryInstancesRequest, terminateRecoveryInstances),
  UntagResource: operation(UntagResourceRequest, untagResource, { method: 'DELETE' }),
  UpdateLaunchConfiguration: operation(UpdateLaunchConfigurationRequest, updateLaunchConfiguration),
};

const TAG_OPERATIONS: Readonly<Record<string, string>> = {
  GET: 'ListTagsForResource',
  POST: 'TagResource',
  DELETE: 'UntagResource',
};

export const drsProtocol: ServiceProtocol = {
  errors: drsErrors,
  operationOf,
  rateClassOf: (name) => name,
  resourceIdsOf: (request) => resourceIdsOf(request),
  writeError: (error, requestId) =>
    jsonResponse(
      error.status,
      { message: error.message, ...error.members },
      { ...error.headers, 'x-amzn-errortype': error.code },
      requestId,
    ),
  run(name, request, call) {
    const found = ownEntry(OPERATIONS, name);
    if (!found || found.method !== request.method)
      throw new ServiceError(404, 'UnknownOperationException', 'The operation is not known');
    if (!call.place.isInitialized && name !== 'InitializeService') throw uninitialized();
    const output = recorded(name, found, bodyOf(request), call);
    return jsonResponse(found.status, found.status === 204 ? undefined : output, {}, call.ids.uuid('request'));
  },
};

function operation<Schema extends z.ZodType>(
  schema: Schema,
  run: (input: z.output<Schema>, call: Call) => object,
  { status = 200, method = 'POST' } = {},
): Operation {
  return {
    status,
    method,
    run(body, call) {
      const parsed = schema.safeParse(body);
      if (!parsed.success) throw invalidInput(parsed.error);
      return { input: parsed.data, output: run(parsed.data, call) };
    },
  };
}

function initializeService(_input: unknown, { place }: Call): object {
  place.isInitialized = true;
  return {};
}

function recorded(name: string, { run }: Operation, body: unknown, call: Call): object {
  const common = {
    service: 'drs' as const,
    eventName: name,
    region: call.place.region,
    caller: call.caller,
    at: call.at,
  };
  if (isRead(name)) return run(body, call).output;
  try {
    const { input, output } = run(body, call);
    call.trail.record({ ...common, requestParameters: input, responseElements: output });
    return output;
  } catch (error) {
    if (error instanceof ServiceError) {
      const { code, message } = error;
      call.trail.record({ ...common, requestParameters: body, responseElements: null, error: { code, message } });
    }
    throw error;
  }
}

function operationOf(request: SimulatorRequest): string {
  const path = pathOf(request);
  return path.startsWith('/tags/') ? (TAG_OPERATIONS[request.method] ?? '') : path.slice(1);
}

function pathOf(request: SimulatorRequest): string {
  return request.path.split('?')[0] ?? '';
}

/** Tag operations carry the resource in the path, and the keys to remove in the query string. */
function bodyOf(request: SimulatorRequest): unknown {
  const body = parsedBody(request.body);
  const path = pathOf(request);
  if (!path.startsWith('/tags/')) return body;
  const tagKeys = new URLSearchParams(request.path.split('?')[1] ?? '').getAll('tagKeys');
  return { ...body, resourceArn: decodeURIComponent(path.slice('/tags/'.length)), tagKeys };
}

const JsonObject = z.record(z.string(), z.unknown());

function parsedBody(text: string): Record<string, unknown> {
  if (text === '') return {};
  try {
    return JsonObject.parse(JSON.parse(text));
  } catch {
    throw invalid('The request body is not a JSON object', [], 'cannotParse');
  }
}

const NamedServers = z.object({
  sourceServerID: z.string().optional(),
  sourceServers: z.array(z.object({ sourceServerID: z.string() })).optional(),
  filters: z.object({ sourceServerIDs: z.array(z.string()).optional() }).optional(),
});

function resourceIdsOf(request: SimulatorRequest): string[] {
  const named = NamedServers.safeParse(parsedBody(request.body)).data ?? {};
  return [
    named.sourceServerID ?? [],
    named.sourceServers?.map(({ sourceServerID }) => sourceServerID) ?? [],
    named.filters?.sourceServerIDs ?? [],
  ].flat();
}

function invalidInput(error: z.ZodError): ServiceError {
  const fieldList = error.issues.map(({ path, message }) => ({ name: path.join('.'), message }));
  return invalid(
    `${fieldList.length} validation error(s) detected: ${fieldList.map(({ name }) => name).join(', ')}`,
    fieldList,
  );
}

function jsonResponse(
  status: number,
  body: unknown,
  headers: Record<string, string>,
  requestId: string,
): SimulatorResponse {
  return {
    status,
    headers: { 'content-type': 'application/json', 'x-amzn-requestid': requestId, ...headers },
    body: body === undefined ? '' : JSON.stringify(body),
  };
}
