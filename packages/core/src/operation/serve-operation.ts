import type { OperationRequest, OperationResponse } from '@prelaunch/contracts/operations';
import type { AccessResource } from '../access/gate.ts';
import { knownInstance } from '../drift/read-drift.ts';
import type { Group } from '../group/group.ts';
import { catalogueFor } from '../group/inheritance.ts';
import { type WaveReadings, waveReadings } from '../wave/start-wave.ts';
import { decideAccess, decisionRecords, groupIdsOf, groupResource, refuseDenied, resourcesOf } from './authorize.ts';
import type { Call, OperationDeps, Served, UnderstoodCall } from './call.ts';
import { withGroupId } from './new-group-id.ts';
import { onlyReads } from './only-reads.ts';
import { parseRequest } from './parse-request.ts';
import { perform } from './perform.ts';
import { redacted } from './redact.ts';
import { refuseUnsafeInput } from './unsafe-input.ts';

/**
 * Serves one call, the same whichever way it came in: understands it, asks the gate, records the decision, does it, and answers
 * what the caller may see. Nothing changes before the decision is on record, and nothing is told that is not.
 */
export async function serveOperation(call: Call, deps: OperationDeps): Promise<Served> {
  refuseUnsafeInput(call.input);
  const request = withGroupId(parseRequest(call.input, call.elsewhere), call);
  const correlationId = request.correlationId ?? call.requestId;
  const by = call.principal.label ?? request.invokedBy ?? call.principal.id;
  const began = deps.now().getTime();
  const { groups, catalogue } = await readings(request, deps);
  const understood = { ...call, request, correlationId, by, catalogue, readMs: deps.now().getTime() - began };

  const asked = decideAccess(understood, groups, deps);
  const audit = request.operation === 'start_wave_recovery' ? deps.recoveryAudit : deps.audit;
  const recorded = audit.record(decisionRecords(understood, asked, deps.now().toISOString()));
  const allowed = () => {
    refuseDenied(understood, asked);
    return perform(understood, groups, deps);
  };
  const response = onlyReads(request.operation) ? await both(recorded, allowed) : await recorded.then(allowed);
  const open = mayViewSettings(understood, groups, response, deps);
  return { request, correlationId, response: open ? response : redacted(request.operation, response) };
}

/** A wave reads both at once. Others need the catalogue only for groups that follow something of it. */
async function readings(request: OperationRequest, deps: OperationDeps): Promise<WaveReadings> {
  const groupIds = 'instanceId' in request ? await groupIdOf(request.instanceId, deps) : groupIdsOf(request);
  if (request.operation === 'start_wave_recovery') return waveReadings(groupIds, deps);
  const groups = await deps.groups.getMany(groupIds);
  return { groups, catalogue: await catalogueFor([...groups.values()], deps) };
}

/** An instance is its group's. */
async function groupIdOf(instanceId: string, { drift }: OperationDeps): Promise<readonly string[]> {
  const known = await knownInstance(instanceId, drift);
  return known ? [known.groupId] : [];
}

/** A reading goes on while its decision is being recorded, and is told when both are done. */
async function both(recorded: Promise<void>, read: () => Promise<OperationResponse>): Promise<OperationResponse> {
  const [told] = await Promise.allSettled([(async () => read())(), recorded]);
  await recorded;
  if (told.status === 'rejected') throw told.reason;
  return told.value;
}

/** Of everything that is shown: a group as the answer has it, where it has one, since a change may have moved it into the caller's scope. */
function mayViewSettings(
  { request, principal }: UnderstoodCall,
  groups: ReadonlyMap<string, Group>,
  response: OperationResponse,
  { gate }: OperationDeps,
): boolean {
  const resources = shownResources(request, groups, response);
  return resources.every((resource) => gate.decide({ principal, action: 'view_settings', resource }).allowed);
}

function shownResources(
  request: OperationRequest,
  groups: ReadonlyMap<string, Group>,
  response: OperationResponse,
): AccessResource[] {
  if ('tags' in response) return [groupResource(response.groupId, response.tags)];
  return resourcesOf(request, groups).map(({ resource }) => resource);
}
