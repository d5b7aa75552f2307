import { setTimeout as pause } from 'node:timers/promises';
import { STSClient } from '@aws-sdk/client-sts';
import { awsTargetInventory } from '@prelaunch/aws/aws-target-inventory';
import { ownClientSettings } from '@prelaunch/aws/client-settings';
import { drsLaunchConfigurations } from '@prelaunch/aws/drs-launch-configurations';
import { dynamoRateBudgets } from '@prelaunch/aws/dynamo-rate-budgets';
import { dynamoTargetAccounts } from '@prelaunch/aws/dynamo-target-accounts';
import { ec2LaunchTemplates } from '@prelaunch/aws/ec2-launch-templates';
import { type TargetSessions, targetSessions } from '@prelaunch/aws/target-sessions';
import type { ConvergeDeps } from '@prelaunch/core/apply/converge';
import type { RateBudgets } from '@prelaunch/core/apply/rate-budgets';
import type { TargetInventory } from '@prelaunch/core/target/target-inventory';
import { environment } from './environment.ts';
import { documentClient, now } from './pipeline.ts';

/** The session name under which this function acts in target accounts, as their CloudTrail shows it. */
const SESSION_NAME = 'prelaunch';

/** What a function that calls target accounts needs: one set of sessions, and the rates that all of them share. */
export interface Targets {
  readonly sessions: TargetSessions;
  readonly budgets: RateBudgets;
  readonly inventory: TargetInventory;
}

export function targets(): Targets {
  const { HOME_ACCOUNT_ID, TARGET_ACCOUNTS_TABLE, BUDGETS_TABLE } = environment(
    'HOME_ACCOUNT_ID',
    'TARGET_ACCOUNTS_TABLE',
    'BUDGETS_TABLE',
  );
  const accounts = dynamoTargetAccounts(documentClient(), TARGET_ACCOUNTS_TABLE);
  const budgets = dynamoRateBudgets(documentClient(), BUDGETS_TABLE, now);
  const home = { accountId: HOME_ACCOUNT_ID, sessionName: SESSION_NAME };
  const sessions = targetSessions(home, { sts: new STSClient(ownClientSettings), accounts, budgets, now });
  return { sessions, budgets, inventory: awsTargetInventory(sessions, now) };
}

/** The ports through which settings are written and read back. */
export function launchSettingsPorts({ sessions, inventory }: Targets): ConvergeDeps {
  return {
    launchConfigurations: drsLaunchConfigurations(sessions),
    launchTemplates: ec2LaunchTemplates(sessions),
    inventory,
    pause: (ms) => pause(ms),
  };
}
