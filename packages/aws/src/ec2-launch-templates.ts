import {
  CreateLaunchTemplateVersionCommand,
  DeleteLaunchTemplateVersionsCommand,
  type EC2Client,
  type LaunchTemplate,
  type LaunchTemplateVersion,
  ModifyLaunchTemplateCommand,
  paginateDescribeLaunchTemplateVersions,
} from '@aws-sdk/client-ec2';
import {
  AwsCallError,
  type LaunchTemplates,
  type TemplateVersion,
  type VersionNumbers,
} from '@prelaunch/core/apply/ports';
import { chunks } from '@prelaunch/core/chunks';
import { assertKept, newVersion } from './new-version.ts';
import type { TargetSessions } from './target-sessions.ts';
import { settingsOf } from './template-data.ts';
import { translated } from './translate-error.ts';

/** How the descriptions of versions begin that Prelaunch made. */
const DESCRIPTION = 'Prelaunch';

const VERSIONS_PER_CALL_MAX = 200;
/** Pages of versions that are looked through for old ones, from each end. */
const PAGES_AT_EACH_END = 5;

export function ec2LaunchTemplates(sessions: TargetSessions): LaunchTemplates {
  return {
    async getDefault(target, id) {
      const { templateReads } = await sessions(target);
      return versionOf('DescribeLaunchTemplateVersions', id, await templateReads.defaultVersion(id));
    },

    async getNumbers(target, id) {
      const { templateReads } = await sessions(target);
      return numbersOf('DescribeLaunchTemplates', id, await templateReads.template(id));
    },

    async createVersion(target, base, changes, ClientToken) {
      const { ec2 } = await sessions(target);
      const operation = 'CreateLaunchTemplateVersion';
      const { data, inherits, expected } = newVersion(base, changes);
      const command = new CreateLaunchTemplateVersionCommand({
        LaunchTemplateId: base.launchTemplateId,
        ...(inherits && { SourceVersion: String(base.versionNumber) }),
        VersionDescription: DESCRIPTION,
        ClientToken,
        LaunchTemplateData: data,
      });
      const { LaunchTemplateVersion: answered } = await ec2.send(command).catch(translated(operation));
      const made = versionOf(operation, base.launchTemplateId, answered);
      assertKept(made, expected, changes);
      return made;
    },

    async setDefault(target, LaunchTemplateId, versionNumber) {
      const { ec2 } = await sessions(target);
      const operation = 'ModifyLaunchTemplate';
      const command = new ModifyLaunchTemplateCommand({ LaunchTemplateId, DefaultVersion: String(versionNumber) });
      const { LaunchTemplate: modified } = await ec2.send(command).catch(translated(operation));
      return numbersOf(operation, LaunchTemplateId, modified);
    },

    /** Anybody may describe a version as Prelaunch does, so its maker counts too. Where the two are not plain, nothing is deleted. */
    async prune(target, id, keep) {
      const { ec2, callerArn } = await sessions(target);
      const principal = principalOf(await callerArn());
      const versions = await versionsAtBothEnds(ec2, id).catch(translated('DescribeLaunchTemplateVersions'));
      const own = versions.filter((version) => isOwn(version, principal)).sort(newestFirst);
      const spare = own.slice(keep).filter(({ DefaultVersion }) => !DefaultVersion);
      let deleted = 0;
      for (const some of chunks(spare, VERSIONS_PER_CALL_MAX)) deleted += await deleteVersions(ec2, id, some);
      return deleted;
    },
  };
}

/** `arn:aws:sts::...:assumed-role/<role>/<session>` -> without the session: every worker has another one. */
function principalOf(createdBy: string): string {
  return createdBy.replace(/(:assumed-role\/[^/]+)\/.*$/, '$1');
}

function isOwn({ VersionDescription, CreatedBy }: LaunchTemplateVersion, principal: string): boolean {
  return !!VersionDescription?.startsWith(DESCRIPTION) && !!CreatedBy && principalOf(CreatedBy) === principal;
}

function newestFirst(one: LaunchTemplateVersion, other: LaunchTemplateVersion): number {
  return (other.VersionNumber ?? 0) - (one.VersionNumber ?? 0);
}

/**
 * The newest thousand versions and those with the thousand lowest numbers: all of them, unless others filled the template. Reading
 * ten thousand would outlast the worker, and Prelaunch's spare versions stand at one end or the other.
 */
async function versionsAtBothEnds(ec2: EC2Client, LaunchTemplateId: string): Promise<LaunchTemplateVersion[]> {
  const newest = await somePages(ec2, { LaunchTemplateId });
  if (newest.isAll) return newest.versions;
  const MaxVersion = String(PAGES_AT_EACH_END * VERSIONS_PER_CALL_MAX);
  const oldest = await somePages(ec2, { LaunchTemplateId, MaxVersion });
  const distinct = new Map([...newest.versions, ...oldest.versions].map((one) => [one.VersionNumber, one]));
  return [...distinct.values()];
}

async function somePages(ec2: EC2Client, of: { readonly LaunchTemplateId: string; readonly MaxVersion?: string }) {
  const versions: LaunchTemplateVersion[] = [];
  let pages = 0;
  const input = { ...of, MaxResults: VERSIONS_PER_CALL_MAX };
  for await (const page of paginateDescribeLaunchTemplateVersions({ client: ec2 }, input)) {
    versions.push(...(page.LaunchTemplateVersions ?? []));
    pages += 1;
    if (pages === PAGES_AT_EACH_END) return { versions, isAll: page.NextToken === undefined };
  }
  return { versions, isAll: true };
}

/** A version that is the default by now, or gone already, stays as it is; EC2 says so and deletes the others. */
async function deleteVersions(
  ec2: EC2Client,
  LaunchTemplateId: string,
  versions: readonly LaunchTemplateVersion[],
): Promise<number> {
  const Versions = versions.map(({ VersionNumber }) => String(VersionNumber));
  const command = new DeleteLaunchTemplateVersionsCommand({ LaunchTemplateId, Versions });
  const answer = await ec2.send(command).catch(translated('DeleteLaunchTemplateVersions'));
  return answer.SuccessfullyDeletedLaunchTemplateVersions?.length ?? 0;
}

function versionOf(
  operation: string,
  launchTemplateId: string,
  found: LaunchTemplateVersion | undefined,
): TemplateVersion {
  const { LaunchTemplateData: content, VersionNumber: versionNumber } = found ?? {};
  if (!content || versionNumber === undefined) return absent(operation, launchTemplateId);
  return { launchTemplateId, versionNumber, settings: settingsOf(content), content, createdBy: found?.CreatedBy };
}

function numbersOf(operation: string, launchTemplateId: string, found: LaunchTemplate | undefined): VersionNumbers {
  const { DefaultVersionNumber: defaultVersion, LatestVersionNumber: latestVersion } = found ?? {};
  if (defaultVersion === undefined || latestVersion === undefined) return absent(operation, launchTemplateId);
  return { defaultVersion, latestVersion };
}

/** An answer without what was asked for is no answer: nothing is concluded from it. */
function absent(operation: string, launchTemplateId: string): never {
  const message = `EC2 answered without the version of ${launchTemplateId}`;
  throw new AwsCallError({
    kind: 'unavailable',
    operation,
    awsCode: 'NoVersion',
    message,
    answered: false,
    cause: undefined,
  });
}
