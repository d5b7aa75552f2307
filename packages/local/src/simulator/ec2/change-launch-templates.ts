import type * as Ec2 from '@aws-sdk/client-ec2';
import type { Call } from '../call.ts';
import { ServiceError } from '../errors.ts';
import type { LaunchTemplate, LaunchTemplateData } from '../state.ts';
import { invalidParameter, missingParameter } from './ec2-errors.ts';
import { launchProblemOf } from './launch-problem.ts';
import {
  addVersion,
  createTemplate,
  defaultVersionOf,
  deleteTemplate,
  deleteVersion,
  namedTemplate,
  namedVersion,
  setDefault,
  templateOutput,
  versionOutput,
} from './launch-template.ts';

const DESCRIPTION_LENGTH_MAX = 255;
const VERSIONS_PER_DELETE_MAX = 200;

export function createLaunchTemplate(
  input: Partial<Ec2.CreateLaunchTemplateRequest>,
  call: Call,
): Ec2.CreateLaunchTemplateResult {
  const name = input.LaunchTemplateName ?? '';
  const data = requiredData(input.LaunchTemplateData);
  assertDescription(input.VersionDescription);
  if (!/^[a-zA-Z0-9().\-/_]{3,128}$/.test(name)) {
    throw new ServiceError(
      400,
      'InvalidLaunchTemplateName.MalformedException',
      `The launch template name ${name} is not valid.`,
    );
  }
  if ([...call.place.templates.values()].some((template) => template.name === name)) {
    throw new ServiceError(
      400,
      'InvalidLaunchTemplateName.AlreadyExistsException',
      'Launch template name already in use.',
    );
  }
  const tags = input.TagSpecifications?.find(({ ResourceType }) => ResourceType === 'launch-template')?.Tags ?? [];
  const template = createTemplate(name, { data, description: input.VersionDescription, tags }, call);
  return { LaunchTemplate: templateOutput(template), ...warningOf(data) };
}

/** With a source version, parameters that are not passed are inherited; without one, only what is passed exists. */
export function createLaunchTemplateVersion(
  input: Partial<Ec2.CreateLaunchTemplateVersionRequest>,
  call: Call,
): Ec2.CreateLaunchTemplateVersionResult {
  const template = namedTemplate(input, call.place);
  const passed = requiredData(input.LaunchTemplateData);
  assertDescription(input.VersionDescription);
  const data =
    input.SourceVersion === undefined ? passed : { ...inheritedData(template, input.SourceVersion), ...passed };
  const version = addVersion(template, { data, description: input.VersionDescription }, call);
  return { LaunchTemplateVersion: versionOutput(template, version), ...warningOf(data) };
}

export function modifyLaunchTemplate(
  input: Partial<Ec2.ModifyLaunchTemplateRequest>,
  call: Call,
): Ec2.ModifyLaunchTemplateResult {
  const template = namedTemplate(input, call.place);
  if (input.DefaultVersion === undefined) throw missingParameter('SetDefaultVersion');
  setDefault(template, namedVersion(template, input.DefaultVersion).versionNumber, call);
  return { LaunchTemplate: templateOutput(template) };
}

export function deleteLaunchTemplate(
  input: Partial<Ec2.DeleteLaunchTemplateRequest>,
  call: Call,
): Ec2.DeleteLaunchTemplateResult {
  const template = namedTemplate(input, call.place);
  const output = templateOutput(template);
  deleteTemplate(template, call);
  return { LaunchTemplate: output };
}

/** Each version succeeds or fails for itself; the default version always fails. */
export function deleteLaunchTemplateVersions(
  input: Partial<Ec2.DeleteLaunchTemplateVersionsRequest>,
  call: Call,
): Ec2.DeleteLaunchTemplateVersionsResult {
  const template = namedTemplate(input, call.place);
  const versions = input.Versions ?? [];
  if (versions.length === 0) throw missingParameter('LaunchTemplateVersion');
  if (versions.length > VERSIONS_PER_DELETE_MAX) {
    throw invalidParameter(`At most ${VERSIONS_PER_DELETE_MAX} versions can be deleted in one request.`);
  }
  const deleted: Ec2.DeleteLaunchTemplateVersionsResponseSuccessItem[] = [];
  const refused: Ec2.DeleteLaunchTemplateVersionsResponseErrorItem[] = [];
  for (const name of versions) {
    const item = {
      LaunchTemplateId: template.launchTemplateId,
      LaunchTemplateName: template.name,
      VersionNumber: Number(name),
    };
    const ResponseError = deletionError(template, name);
    if (ResponseError) refused.push({ ...item, ResponseError });
    else if (deleteVersion(template, item.VersionNumber, call)) deleted.push(item);
  }
  return { SuccessfullyDeletedLaunchTemplateVersions: deleted, UnsuccessfullyDeletedLaunchTemplateVersions: refused };
}

function deletionError(template: LaunchTemplate, name: string): Ec2.ResponseError | undefined {
  if (!template.versions.has(Number(name))) {
    return {
      Code: 'launchTemplateVersionDoesNotExist',
      Message: `The version ${name} of ${template.launchTemplateId} does not exist.`,
    };
  }
  if (Number(name) !== defaultVersionOf(template).versionNumber) return undefined;
  return { Code: 'unexpectedError', Message: `The version ${name} is the default version and cannot be deleted.` };
}

/** Snapshots of block devices are not inherited: they must be passed again. */
function inheritedData(template: LaunchTemplate, sourceVersion: string): LaunchTemplateData {
  const { BlockDeviceMappings, ...data } = namedVersion(template, sourceVersion).data;
  if (!BlockDeviceMappings) return data;
  return { ...data, BlockDeviceMappings: BlockDeviceMappings.map(withoutSnapshot) };
}

function withoutSnapshot({
  Ebs,
  ...mapping
}: Ec2.LaunchTemplateBlockDeviceMapping): Ec2.LaunchTemplateBlockDeviceMapping {
  if (!Ebs) return mapping;
  const { SnapshotId: _dropped, ...volume } = Ebs;
  return { ...mapping, Ebs: volume };
}

function requiredData(data: Ec2.RequestLaunchTemplateData | undefined): LaunchTemplateData {
  if (data === undefined) throw missingParameter('LaunchTemplateData');
  return data;
}

function assertDescription(description: string | undefined): void {
  if (description === undefined || description.length <= DESCRIPTION_LENGTH_MAX) return;
  throw invalidParameter(`The version description is longer than ${DESCRIPTION_LENGTH_MAX} characters.`);
}

function warningOf(data: LaunchTemplateData): { Warning?: Ec2.ValidationWarning } {
  const problem = launchProblemOf(data);
  return problem ? { Warning: { Errors: [{ Code: problem.code, Message: problem.message }] } } : {};
}
