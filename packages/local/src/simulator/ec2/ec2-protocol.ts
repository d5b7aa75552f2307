import type { Call } from '../call.ts';
import { isRead } from '../call-ledger.ts';
import { ServiceError } from '../errors.ts';
import { ownEntry } from '../own-entry.ts';
import type { EC2_RATE_LIMITS } from '../rate-limits.ts';
import type { ServiceProtocol } from '../service-protocol.ts';
import type { Place } from '../state.ts';
import { queryForm, readInput, writeEc2Error, writeOutput } from '../wire/query-protocol.ts';
import { ec2Errors } from './ec2-errors.ts';
import { EC2_OPERATIONS, type Ec2Operation } from './ec2-operations.ts';
import { attachedInterface } from './named-interfaces.ts';
import { oncePerToken } from './once-per-token.ts';
import { recordEc2Call } from './record-ec2-call.ts';

/** Those of the reads here that EC2 documents to draw from a smaller bucket when they are neither filtered nor paged. */
const SMALLER_BUCKET_UNFILTERED: ReadonlySet<string> = new Set(['DescribeInstances', 'DescribeSecurityGroups']);

export const ec2Protocol: ServiceProtocol = {
  errors: ec2Errors,
  operationOf: (request) => queryForm(request).get('Action') ?? '',
  rateClassOf: (operation, request) => rateClassOf(operation, queryForm(request)),
  resourceIdsOf: (request, place) => resourceIdsOf(queryForm(request), place),
  writeError: writeEc2Error,
  run(operation, request, call) {
    const run = ownEntry(EC2_OPERATIONS, operation);
    if (!run)
      throw new ServiceError(400, 'InvalidAction', `The action ${operation} is not valid for this web service.`);
    const input = readInput('ec2', operation, queryForm(request));
    if (input.DryRun === true) throw dryRunSucceeded();
    return writeOutput('ec2', operation, recorded(operation, input, call, run), call.ids.uuid('request'));
  },
};

function recorded(operation: string, input: Record<string, unknown>, call: Call, run: Ec2Operation): object {
  if (isRead(operation)) return run(input, call);
  try {
    const output = oncePerToken({ operation, input, place: call.place }, () => run(input, call));
    recordEc2Call({ operation, input, output }, call);
    return output;
  } catch (error) {
    if (error instanceof ServiceError) recordEc2Call({ operation, input, error }, call);
    throw error;
  }
}

function rateClassOf(operation: string, form: URLSearchParams): keyof typeof EC2_RATE_LIMITS {
  if (operation === 'CreateLaunchTemplateVersion' || operation === 'ModifyLaunchTemplate') return operation;
  if (!isRead(operation)) return 'mutating';
  if (!SMALLER_BUCKET_UNFILTERED.has(operation)) return 'describe';
  const isNarrowed = [...form.keys()].some((name) => /^(InstanceId|GroupId|GroupName|Filter|MaxResults)/.test(name));
  return isNarrowed ? 'describe' : 'unfiltered_describe';
}

/** A server's own faults also strike calls on the template that DRS keeps for it, and on its recovery instance. */
function resourceIdsOf(form: URLSearchParams, place: Place): string[] {
  const named = new Set(namedTemplateIds(form, place));
  const owners = [...place.launchConfigurations.values()].filter((one) => named.has(one.ec2LaunchTemplateID));
  const recovered = namedInstanceIds(form, place).flatMap(
    (id) => place.recoveryInstances.get(id)?.sourceServerID ?? [],
  );
  return [...named, ...owners.map(({ sourceServerID }) => sourceServerID), ...recovered];
}

function namedInstanceIds(form: URLSearchParams, place: Place): string[] {
  const byId = [...form].filter(([name]) => /^(InstanceId|ResourceId)(\.\d+)?$/.test(name)).map(([, id]) => id);
  const byInterface = attachedInterface(form.get('NetworkInterfaceId') ?? '', place)?.instance.InstanceId;
  const byAssociation = place.profileAssociations.get(form.get('AssociationId') ?? '');
  return [...byId, byInterface ?? [], byAssociation ?? []].flat();
}

function namedTemplateIds(form: URLSearchParams, place: Place): string[] {
  const byName = idOfName(form.get('LaunchTemplateName'), place);
  const byId = [...form].filter(([name]) => /^LaunchTemplateId(\.\d+)?$/.test(name)).map(([, id]) => id);
  return byName === undefined ? byId : [...byId, byName];
}

function idOfName(name: string | null, place: Place): string | undefined {
  return [...place.templates.values()].find((template) => template.name === name)?.launchTemplateId;
}

function dryRunSucceeded(): ServiceError {
  return new ServiceError(412, 'DryRunOperation', 'Request would have succeeded, but DryRun flag is set.');
}
