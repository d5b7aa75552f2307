import {
  CreateLaunchTemplateVersionCommand,
  ModifyLaunchTemplateCommand,
  type ResponseLaunchTemplateData,
} from '@aws-sdk/client-ec2';
import { AwsCallError, type LaunchTemplates, type TemplateVersion } from '@prelaunch/core/apply/ports';
import type { TargetSessions } from './target-sessions.ts';
import { changedData, settingsOf } from './template-data.ts';
import { translated } from './translate-error.ts';

/** How versions made by Prelaunch are told from others. */
const DESCRIPTION = 'Prelaunch';

export function ec2LaunchTemplates(sessions: TargetSessions): LaunchTemplates {
  return {
    async getDefault(target, LaunchTemplateId) {
      const { readDefaultVersion } = await sessions(target);
      const found = await readDefaultVersion(LaunchTemplateId);
      if (!found?.LaunchTemplateData || found.VersionNumber === undefined) {
        return absent('DescribeLaunchTemplateVersions', LaunchTemplateId);
      }
      const content = found.LaunchTemplateData;
      return {
        launchTemplateId: LaunchTemplateId,
        versionNumber: found.VersionNumber,
        settings: settingsOf(content),
        content,
      };
    },

    async createVersion(target, base, changes, ClientToken) {
      const { ec2 } = await sessions(target);
      const operation = 'CreateLaunchTemplateVersion';
      const command = new CreateLaunchTemplateVersionCommand({
        LaunchTemplateId: base.launchTemplateId,
        SourceVersion: String(base.versionNumber),
        VersionDescription: DESCRIPTION,
        ClientToken,
        LaunchTemplateData: changedData(contentOf(base), changes),
      });
      const { LaunchTemplateVersion: made } = await ec2.send(command).catch(translated(operation));
      return made?.VersionNumber ?? absent(operation, base.launchTemplateId);
    },

    async setDefault(target, LaunchTemplateId, versionNumber) {
      const { ec2 } = await sessions(target);
      const command = new ModifyLaunchTemplateCommand({ LaunchTemplateId, DefaultVersion: String(versionNumber) });
      await ec2.send(command).catch(translated('ModifyLaunchTemplate'));
    },
  };
}

function contentOf({ content }: TemplateVersion): ResponseLaunchTemplateData {
  return content as ResponseLaunchTemplateData;
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
