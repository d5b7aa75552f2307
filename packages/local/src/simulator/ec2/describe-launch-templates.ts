import type * as Ec2 from '@aws-sdk/client-ec2';
import type { Call } from '../call.ts';
import { ServiceError } from '../errors.ts';
import { type Page, paginate } from '../paginate.ts';
import type { LaunchTemplate, LaunchTemplateVersion } from '../state.ts';
import { invalidParameter } from './ec2-errors.ts';
import {
  namedTemplate,
  namedVersion,
  templateById,
  templateByName,
  templateOutput,
  versionOutput,
} from './launch-template.ts';

const PAGE_SIZE_MAX = 200;
const ACROSS_TEMPLATES = ['$Default', '$Latest'];

export function describeLaunchTemplates(
  input: Ec2.DescribeLaunchTemplatesRequest,
  call: Call,
): Ec2.DescribeLaunchTemplatesResult {
  const { LaunchTemplateIds: ids, LaunchTemplateNames: names, Filters = [] } = input;
  const chosen = [
    ...(ids ?? []).map((id) => templateById(id, call.place)),
    ...(names ?? []).map((name) => templateByName(name, call.place)),
  ];
  const templates = ids?.length || names?.length ? chosen : [...call.place.templates.values()];
  const matching = templates.filter((template) =>
    Filters.every((filter) => matches(filter, templateField(template, filter.Name))),
  );
  const page = cut(matching, (template) => template.launchTemplateId, input);
  return { LaunchTemplates: page.items.map(templateOutput), NextToken: page.nextToken };
}

/** Describes versions of one template, or `$Default` and `$Latest` of every template of the account in the Region. */
export function describeLaunchTemplateVersions(
  input: Ec2.DescribeLaunchTemplateVersionsRequest,
  call: Call,
): Ec2.DescribeLaunchTemplateVersionsResult {
  const described = isOfOneTemplate(input)
    ? versionsOf(namedTemplate(input, call.place), input)
    : versionsAcross([...call.place.templates.values()], input.Versions ?? []);
  const matching = described.filter(([template, version]) =>
    (input.Filters ?? []).every((filter) => matches(filter, versionField(template, version, filter.Name))),
  );
  const page = cut(matching, ([template, version]) => `${template.launchTemplateId} ${version.versionNumber}`, input);
  return {
    LaunchTemplateVersions: page.items.map(([template, version]) => versionOutput(template, version)),
    NextToken: page.nextToken,
  };
}

type Described = [LaunchTemplate, LaunchTemplateVersion];

function isOfOneTemplate(input: Ec2.DescribeLaunchTemplateVersionsRequest): boolean {
  return input.LaunchTemplateId !== undefined || input.LaunchTemplateName !== undefined;
}

/** Newest first. A version that is named twice, such as by number and as `$Latest`, is described once. */
function versionsOf(template: LaunchTemplate, input: Ec2.DescribeLaunchTemplateVersionsRequest): Described[] {
  const named = input.Versions?.length
    ? new Set(input.Versions.map((name) => namedVersion(template, name)))
    : template.versions.values();
  const min = Number(input.MinVersion ?? 1);
  const max = Number(input.MaxVersion ?? Number.POSITIVE_INFINITY);
  return [...named]
    .filter(({ versionNumber }) => versionNumber >= min && versionNumber <= max)
    .sort((left, right) => right.versionNumber - left.versionNumber)
    .map((version) => [template, version]);
}

function versionsAcross(templates: readonly LaunchTemplate[], versions: readonly string[]): Described[] {
  if (versions.length === 0 || versions.some((version) => !ACROSS_TEMPLATES.includes(version))) {
    const message = 'A launch template ID or name must be specified, unless the versions are $Latest or $Default.';
    throw new ServiceError(400, 'MissingParameter', message);
  }
  return templates.flatMap((template) => versionsOf(template, { Versions: [...versions] }));
}

function cut<Item>(
  items: readonly Item[],
  keyOf: (item: Item) => string,
  { MaxResults = PAGE_SIZE_MAX, NextToken: token }: { MaxResults?: number | undefined; NextToken?: string | undefined },
): Page<Item> {
  if (MaxResults < 1 || MaxResults > PAGE_SIZE_MAX) {
    throw invalidParameter(
      `Value (${MaxResults}) for parameter MaxResults is invalid. Expecting a value between 1 and ${PAGE_SIZE_MAX}.`,
    );
  }
  const page = paginate(items, keyOf, { size: MaxResults, token });
  if (!page) throw new ServiceError(400, 'InvalidNextToken', 'The token is not valid.');
  return page;
}

function matches({ Values = [] }: Ec2.Filter, value: string | undefined): boolean {
  return value !== undefined && Values.includes(value);
}

function templateField(template: LaunchTemplate, name = ''): string | undefined {
  if (name === 'launch-template-name') return template.name;
  if (name === 'tag-key') throw invalidParameter('The filter tag-key is not simulated; use tag:<key>.');
  if (name.startsWith('tag:')) return template.tags.find(({ Key }) => Key === name.slice('tag:'.length))?.Value;
  throw invalidParameter(`The filter '${name}' is invalid`);
}

function versionField(template: LaunchTemplate, version: LaunchTemplateVersion, name = ''): string | undefined {
  if (name === 'is-default-version') return String(version.versionNumber === template.defaultVersion);
  if (name === 'instance-type') return version.data.InstanceType;
  if (name === 'image-id') return version.data.ImageId;
  throw invalidParameter(`The filter '${name}' is invalid`);
}
