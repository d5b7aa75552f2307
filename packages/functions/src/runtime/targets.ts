import { STSClient } from '@aws-sdk/client-sts';
import { ownClientSettings } from '@prelaunch/aws/client-settings';
import { drsLaunchConfigurations } from '@prelaunch/aws/drs-launch-configurations';
import { dynamoTargetAccounts } from '@prelaunch/aws/dynamo-target-accounts';
import { ec2LaunchTemplates } from '@prelaunch/aws/ec2-launch-templates';
import { type TargetSessions, targetSessions } from '@prelaunch/aws/target-sessions';
import type { ConvergeDeps } from '@prelaunch/core/apply/converge';
import { environment } from './environment.ts';
import { documentClient } from './pipeline.ts';

/** The session name under which this function acts in target accounts, as their CloudTrail shows it. */
const SESSION_NAME = 'prelaunch';

export function sessions(): TargetSessions {
  const { HOME_ACCOUNT_ID, TARGET_ACCOUNTS_TABLE } = environment('HOME_ACCOUNT_ID', 'TARGET_ACCOUNTS_TABLE');
  const accounts = dynamoTargetAccounts(documentClient(), TARGET_ACCOUNTS_TABLE);
  const home = { accountId: HOME_ACCOUNT_ID, sessionName: SESSION_NAME };
  return targetSessions(home, new STSClient(ownClientSettings), accounts);
}

export function launchSettingsPorts(): ConvergeDeps {
  const shared = sessions();
  return { launchConfigurations: drsLaunchConfigurations(shared), launchTemplates: ec2LaunchTemplates(shared) };
}
