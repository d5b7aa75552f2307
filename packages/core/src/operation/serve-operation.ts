import type { OperationResponse } from '@prelaunch/contracts/operations';
import type { Group } from '../group/group.ts';
import { decideAccess, decisionRecords, groupIdsOf, groupResource, refuseDenied } from './authorize.ts';
import type { Call, OperationDeps, Served, UnderstoodCall } from './call.ts';
import { parseRequest } from './parse-request.ts';
import { perform } from './perform.ts';
import { redacted } from './redact.ts';
import { refuseLargeInput, refuseUnsafeInput } from './unsafe-input.ts';

/**
 * Serves one call, the same whichever way it came in: understands it, asks the gate, records the decision, does it, and answers
 * what the caller may see. Nothing changes before the decision is on record, and nothing is told that is not.
 */
export async function serveOperation(call: Call, deps: OperationDeps): Promise<Served> {
  refuseUnsafeInput(call.input);
  refuseLargeInput(call.input);
  const request = parseRequest(call.input);
  const correlationId = request.correlationId ?? call.requestId;
  const by = call.principal.label ?? request.invokedBy ?? call.principal.id;
  const began = deps.now().getTime();
  const groups = await deps.groups.getMany(groupIdsOf(request));
  const understood = { ...call, request, correlationId, by, readMs: deps.now().getTime() - began };

  const asked = decideAccess(understood, groups, deps);
  const audit = request.operation === 'start_wave_recovery' ? deps.recoveryAudit : deps.audit;
  const recorded = audit.record(decisionRecords(understood, asked, deps.now().toISOString()));
  const allowed = () => {
    refuseDenied(understood, asked);
    return perform(understood, groups, deps);
  };
  const response = onlyReads(understood) ? await both(recorded, allowed) : await recorded.then(allowed);
  return {
    request,
    correlationId,
    response: mayViewSettings(understood, groups, deps) ? response : redacted(response),
  };
}

/** A reading goes on while its decision is being recorded, and is told when both are done. */
async function both(recorded: Promise<void>, read: () => Promise<OperationResponse>): Promise<OperationResponse> {
  const [told] = await Promise.allSettled([(async () => read())(), recorded]);
  await recorded;
  if (told.status === 'rejected') throw told.reason;
  return told.value;
}

function onlyReads({ request }: UnderstoodCall): boolean {
  return request.operation.startsWith('get_') || request.operation.startsWith('list_');
}

/** Of every group concerned; of one that does not exist there is nothing to see. */
function mayViewSettings(
  { request, principal }: UnderstoodCall,
  groups: ReadonlyMap<string, Group>,
  { gate }: OperationDeps,
): boolean {
  const concerned = groupIdsOf(request).map((id) => groupResource(id, groups.get(id)?.tags ?? {}));
  const resources = concerned.length > 0 ? concerned : [groupResource('', {})];
  return resources.every((resource) => gate.decide({ principal, action: 'view_settings', resource }).allowed);
}
