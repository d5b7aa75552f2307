import type * as Ec2 from '@aws-sdk/client-ec2';
import type { Call } from '../call.ts';
import { ServiceError } from '../errors.ts';
import type { LaunchTemplate, LaunchTemplateVersion, Place } from '../state.ts';
import { invalidParameter } from './ec2-errors.ts';
import { ec2Page } from './ec2-page.ts';
import { filtered, tagOf, unknownFilter } from './filters.ts';
import {
  namedTemplate,
  namedVersion,
  templateById,
  templateByName,
  templateOutput,
  versionOutput,
} from './launch-template.ts';
import { shownPlace } from './shown-place.ts';

const NAMED_TEMPLATES_MAX = 200;
const PAGE = { min: 1, max: 200, unstated: 200 };
const ACROSS_TEMPLATES = ['$Default', '$Latest'];

export function describeLaunchTemplates(
  input: Ec2.DescribeLaunchTemplatesRequest,
  call: Call,
): Ec2.DescribeLaunchTemplatesResult {
  const matching = filtered(namedTemplates(input, shownPlace(call)), input.Filters, templateField);
  const page = ec2Page(matching, (template) => template.launchTemplateId, input, PAGE);
  return { LaunchTemplates: page.items.map(templateOutput), NextToken: page.nextToken };
}

/** Describes versions of one template, or `$Default` and `$Latest` of every template of the account in the Region. */
export function describeLaunchTemplateVersions(
  input: Ec2.DescribeLaunchTemplateVersionsRequest,
  call: Call,
): Ec2.DescribeLaunchTemplateVersionsResult {
  const place = shownPlace(call);
  const isOfOne = isOfOneTemplate(input);
  const described = isOfOne
    ? versionsOf(namedTemplate(input, place), input)
    : versionsAcross([...place.templates.values()], input.Versions ?? []);
  const matching = filtered(described, input.Filters, versionField);
  const page = ec2Page(matching, (described) => keyOf(described, isOfOne), input, PAGE);
  return {
    LaunchTemplateVersions: page.items.map(([template, version]) => versionOutput(template, version)),
    NextToken: page.nextToken,
  };
}

/** One id or name that names nothing refuses the whole call. */
function namedTemplates(
  { LaunchTemplateIds: ids = [], LaunchTemplateNames: names = [] }: Ec2.DescribeLaunchTemplatesRequest,
  place: Place,
): LaunchTemplate[] {
  if (ids.length + names.length === 0) return [...place.templates.values()];
  if (ids.length > NAMED_TEMPLATES_MAX || names.length > NAMED_TEMPLATES_MAX)
    throw invalidParameter(`At most ${NAMED_TEMPLATES_MAX} launch templates can be named in one request.`);
  return [
    ...new Set([...ids.map((id) => templateById(id, place)), ...names.map((name) => templateByName(name, place))]),
  ];
}

type Described = [LaunchTemplate, LaunchTemplateVersion, nth: number];

/** A place in the order that stays while defaults move: across templates, the nth version asked for; else the version itself. */
function keyOf([{ launchTemplateId }, { versionNumber }, nth]: Described, isOfOne: boolean): string {
  return `${launchTemplateId} ${isOfOne ? versionNumber : nth}`;
}

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
    .map((version, nth) => [template, version, nth]);
}

function versionsAcross(templates: readonly LaunchTemplate[], versions: readonly string[]): Described[] {
  if (versions.length === 0 || versions.some((version) => !ACROSS_TEMPLATES.includes(version))) {
    const message = 'A launch template ID or name must be specified, unless the versions are $Latest or $Default.';
    throw new ServiceError(400, 'MissingParameter', message);
  }
  return templates.flatMap((template) => versionsOf(template, { Versions: [...versions] }));
}

function templateField(template: LaunchTemplate, name: string): string | undefined {
  if (name === 'launch-template-name') return template.name;
  if (name === 'tag-key') throw invalidParameter('The filter tag-key is not simulated; use tag:<key>.');
  if (name.startsWith('tag:')) return tagOf(template.tags, name);
  throw unknownFilter(name);
}

function versionField([template, version]: Described, name: string): string | undefined {
  if (name === 'is-default-version') return String(version.versionNumber === template.defaultVersion);
  if (name === 'instance-type') return version.data.InstanceType;
  if (name === 'image-id') return version.data.ImageId;
  throw unknownFilter(name);
}
