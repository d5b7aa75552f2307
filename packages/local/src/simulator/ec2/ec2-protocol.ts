import type { Call } from '../call.ts';
import { isRead } from '../call-ledger.ts';
import { ServiceError } from '../errors.ts';
import { ownEntry } from '../own-entry.ts';
import type { EC2_RATE_LIMITS } from '../rate-limits.ts';
import type { ServiceProtocol } from '../service-protocol.ts';
import type { Place } from '../state.ts';
import { queryForm, readInput, writeEc2Error, writeOutput } from '../wire/query-protocol.ts';
import {
  createLaunchTemplate,
  createLaunchTemplateVersion,
  deleteLaunchTemplate,
  deleteLaunchTemplateVersions,
  modifyLaunchTemplate,
} from './change-launch-templates.ts';
import { describeInstanceTypes } from './describe-instance-types.ts';
import { describeInstances } from './describe-instances.ts';
import { describeLaunchTemplates, describeLaunchTemplateVersions } from './describe-launch-templates.ts';
import { describeSecurityGroups } from './describe-security-groups.ts';
import { describeSubnets } from './describe-subnets.ts';
import { ec2Errors } from './ec2-errors.ts';
import { oncePerToken } from './once-per-token.ts';
import { recordEc2Call } from './record-ec2-call.ts';

/** Those of the reads here that EC2 documents to draw from a smaller bucket when they are neither filtered nor paged. */
const SMALLER_BUCKET_UNFILTERED: ReadonlySet<string> = new Set(['DescribeInstances', 'DescribeSecurityGroups']);

type Operation = (input: Record<string, unknown>, call: Call) => object;

const OPERATIONS: Readonly<Record<string, Operation>> = {
  CreateLaunchTemplate: createLaunchTemplate,
  CreateLaunchTemplateVersion: createLaunchTemplateVersion,
  DeleteLaunchTemplate: deleteLaunchTemplate,
  DeleteLaunchTemplateVersions: deleteLaunchTemplateVersions,
  DescribeInstances: describeInstances,
  DescribeInstanceTypes: describeInstanceTypes,
  DescribeLaunchTemplates: describeLaunchTemplates,
  DescribeLaunchTemplateVersions: describeLaunchTemplateVersions,
  DescribeSecurityGroups: describeSecurityGroups,
  DescribeSubnets: describeSubnets,
  ModifyLaunchTemplate: modifyLaunchTemplate,
};

export const ec2Protocol: ServiceProtocol = {
  errors: ec2Errors,
  operationOf: (request) => queryForm(request).get('Action') ?? '',
  rateClassOf: (operation, request) => rateClassOf(operation, queryForm(request)),
  resourceIdsOf: (request, place) => resourceIdsOf(queryForm(request), place),
  writeError: writeEc2Error,
  run(operation, request, call) {
    const run = ownEntry(OPERATIONS, operation);
    if (!run)
      throw new ServiceError(400, 'InvalidAction', `The action ${operation} is not valid for this web service.`);
    const input = readInput('ec2', operation, queryForm(request));
    if (input.DryRun === true) throw dryRunSucceeded();
    return writeOutput('ec2', operation, recorded(operation, input, call, run), call.ids.uuid('request'));
  },
};

function recorded(operation: string, input: Record<string, unknown>, call: Call, run: Operation): object {
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

/** A server's own faults also strike calls on the template that DRS keeps for it. */
function resourceIdsOf(form: URLSearchParams, place: Place): string[] {
  const named = new Set(namedTemplateIds(form, place));
  if (named.size === 0) return [];
  const owners = [...place.launchConfigurations.values()].filter((one) => named.has(one.ec2LaunchTemplateID));
  return [...named, ...owners.map(({ sourceServerID }) => sourceServerID)];
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
