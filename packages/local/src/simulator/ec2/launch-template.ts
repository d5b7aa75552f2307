import type {
  LaunchTemplate as LaunchTemplateOutput,
  Tag,
  LaunchTemplateVersion as VersionOutput,
} from '@aws-sdk/client-ec2';
import type { Call } from '../call.ts';
import { ServiceError } from '../errors.ts';
import type { LaunchTemplate, LaunchTemplateData, LaunchTemplateVersion, Place } from '../state.ts';
import { invalidParameter, templateIdNotFound, versionNotFound } from './ec2-errors.ts';

const VERSIONS_PER_TEMPLATE_MAX = 10_000;
const TEMPLATES_PER_REGION_MAX = 5_000;

export interface NewVersion {
  data: LaunchTemplateData;
  description?: string | undefined;
}

/** Makes a template whose version 1 is its default. */
export function createTemplate(name: string, first: NewVersion & { tags: Tag[] }, call: Call): LaunchTemplate {
  if (call.place.templates.size >= TEMPLATES_PER_REGION_MAX) {
    throw new ServiceError(
      400,
      'TemplateLimitExceeded',
      `You have reached the limit of ${TEMPLATES_PER_REGION_MAX} launch templates`,
    );
  }
  const template: LaunchTemplate = {
    // Not of the seed alone: AWS that starts anew has other templates, and tables that were kept may know the old ones.
    launchTemplateId: `lt-${call.ids.hex(`lt ${call.place.accountId} ${call.place.region} ${call.at}`, 17)}`,
    name,
    createdAt: call.at,
    createdBy: call.caller.arn,
    defaultVersion: 0,
    lastIssuedVersion: 0,
    versions: new Map(),
    tags: first.tags,
    past: { changedAt: call.at, defaults: [], deletedVersions: [] },
  };
  call.place.templates.set(template.launchTemplateId, template);
  setDefault(template, addVersion(template, first, call).versionNumber, call);
  return template;
}

/** Adds the next version and leaves the default where it is. */
export function addVersion(
  template: LaunchTemplate,
  { data, description }: NewVersion,
  call: Call,
): LaunchTemplateVersion {
  return appendVersion(template, { data: structuredClone(data), description }, call);
}

/** As `addVersion`, keeping the very data that is passed: nobody may change it afterwards. */
export function appendVersion(
  template: LaunchTemplate,
  { data, description }: NewVersion,
  call: Call,
): LaunchTemplateVersion {
  if (template.versions.size >= VERSIONS_PER_TEMPLATE_MAX) {
    const message = `You have reached the limit of ${VERSIONS_PER_TEMPLATE_MAX} versions of launch template ${template.launchTemplateId}`;
    throw new ServiceError(400, 'VersionLimitExceeded', message);
  }
  template.lastIssuedVersion += 1;
  const version = {
    versionNumber: template.lastIssuedVersion,
    description,
    createdAt: call.at,
    createdBy: call.caller.arn,
    data,
  };
  template.versions.set(version.versionNumber, version);
  noteChange(template, call);
  return version;
}

export function setDefault(template: LaunchTemplate, versionNumber: number, call: Call): void {
  template.defaultVersion = versionNumber;
  template.past.defaults.push({ at: call.at, versionNumber });
  noteChange(template, call);
}

/** Deletes a version. False when there is none of this number. */
export function deleteVersion(template: LaunchTemplate, versionNumber: number, call: Call): boolean {
  const version = template.versions.get(versionNumber);
  if (!version) return false;
  template.versions.delete(versionNumber);
  template.past.deletedVersions.push({ version, deletedAt: call.at });
  noteChange(template, call);
  return true;
}

export function deleteTemplate(template: LaunchTemplate, { place, at }: Call): void {
  place.templates.delete(template.launchTemplateId);
  place.deletedTemplates.push({ template, deletedAt: at });
}

/** Launches are settled later than they happened, so changes may arrive out of order. */
function noteChange({ past }: LaunchTemplate, { at }: Call): void {
  past.changedAt = Math.max(past.changedAt, at);
}

export function templateById(launchTemplateId: string, place: Place): LaunchTemplate {
  if (!/^lt-([0-9a-f]{8}|[0-9a-f]{17})$/.test(launchTemplateId)) {
    throw new ServiceError(
      400,
      'InvalidLaunchTemplateId.Malformed',
      `The specified launch template ID ${launchTemplateId} is not valid.`,
    );
  }
  const template = place.templates.get(launchTemplateId);
  if (!template) throw templateIdNotFound(launchTemplateId);
  return template;
}

export function templateByName(name: string, place: Place): LaunchTemplate {
  for (const template of place.templates.values()) if (template.name === name) return template;
  const message = `The specified launch template, with template name ${name}, does not exist.`;
  throw new ServiceError(400, 'InvalidLaunchTemplateName.NotFoundException', message);
}

/** Finds the template that a request names by exactly one of id and name. */
export function namedTemplate(
  {
    LaunchTemplateId: id,
    LaunchTemplateName: name,
  }: { LaunchTemplateId?: string | undefined; LaunchTemplateName?: string | undefined },
  place: Place,
): LaunchTemplate {
  if (id !== undefined && name !== undefined) {
    throw new ServiceError(
      400,
      'InvalidParameterCombination',
      'Specify either a launch template ID or a launch template name, not both.',
    );
  }
  if (id !== undefined) return templateById(id, place);
  if (name !== undefined) return templateByName(name, place);
  throw new ServiceError(
    400,
    'MissingParameter',
    'Either a launch template ID or a launch template name must be specified',
  );
}

/** Finds a version by number, `$Default` or `$Latest`. */
export function namedVersion(template: LaunchTemplate, name: string): LaunchTemplateVersion {
  const version = template.versions.get(versionNumberOf(template, name));
  if (!version) throw versionNotFound(template.launchTemplateId, name);
  return version;
}

export function latestVersionNumber(template: LaunchTemplate): number {
  for (let number = template.lastIssuedVersion; number > 0; number -= 1)
    if (template.versions.has(number)) return number;
  throw new Error(`Launch template ${template.launchTemplateId} has no versions`);
}

export function defaultVersionOf(template: LaunchTemplate): LaunchTemplateVersion {
  return namedVersion(template, '$Default');
}

export function templateOutput(template: LaunchTemplate): LaunchTemplateOutput {
  return {
    LaunchTemplateId: template.launchTemplateId,
    LaunchTemplateName: template.name,
    CreateTime: wholeSeconds(template.createdAt),
    CreatedBy: template.createdBy,
    DefaultVersionNumber: template.defaultVersion,
    LatestVersionNumber: latestVersionNumber(template),
    Tags: template.tags,
  };
}

export function versionOutput(template: LaunchTemplate, version: LaunchTemplateVersion): VersionOutput {
  return {
    LaunchTemplateId: template.launchTemplateId,
    LaunchTemplateName: template.name,
    VersionNumber: version.versionNumber,
    VersionDescription: version.description,
    CreateTime: wholeSeconds(version.createdAt),
    CreatedBy: version.createdBy,
    DefaultVersion: version.versionNumber === template.defaultVersion,
    LaunchTemplateData: version.data,
  };
}

function versionNumberOf(template: LaunchTemplate, name: string): number {
  if (name === '$Default') return template.defaultVersion;
  if (name === '$Latest') return latestVersionNumber(template);
  if (!/^\d+$/.test(name)) throw invalidParameter(`Invalid launch template version: ${name}`);
  return Number(name);
}

function wholeSeconds(at: number): Date {
  return new Date(Math.floor(at / 1_000) * 1_000);
}
