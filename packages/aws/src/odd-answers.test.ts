import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { SQSClient } from '@aws-sdk/client-sqs';
import { STSClient } from '@aws-sdk/client-sts';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { LaunchConfigApplied } from '@prelaunch/contracts/events';
import { memoryRateBudgets } from '@prelaunch/memory/memory-rate-budgets';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Answering, answering } from '../../../tests/support/answering.ts';
import { ACCOUNT, applyRequest, REGION, serverId, serverIds, TARGET } from '../../../tests/support/builders.ts';
import { fixedClock } from '../../../tests/support/clock.ts';
import { drsLaunchConfigurations } from './drs-launch-configurations.ts';
import { drsRecovery } from './drs-recovery.ts';
import { dynamoServerStore } from './dynamo-stores.ts';
import { ec2LaunchTemplates } from './ec2-launch-templates.ts';
import { eventBridgePublisher } from './eventbridge-publisher.ts';
import { sqsApplyQueue } from './sqs-apply-queue.ts';
import { targetSessions } from './target-sessions.ts';

let server: Answering | undefined;

const credentials = { accessKeyId: 'AKIALOCAL', secretAccessKey: 'local' };

/** AWS answers success, with this. */
async function awsAnswers(body: object | string) {
  server = await answering(typeof body === 'string' ? body : JSON.stringify(body));
  vi.stubEnv('AWS_ENDPOINT_URL', server.endpoint);
  const client = { endpoint: server.endpoint, region: REGION, credentials, maxAttempts: 1 };
  const role = { accountId: '222222222222', roleArn: 'arn:aws:iam::222222222222:role/prelaunch', externalId: 'xx' };
  const { now } = fixedClock();
  const home = { accountId: ACCOUNT, sessionName: 'test' };
  return {
    client,
    server,
    sessions: targetSessions(home, {
      sts: new STSClient(client),
      accounts: { get: async () => role },
      budgets: memoryRateBudgets(now),
      now,
    }),
  };
}

beforeEach(() => {
  vi.stubEnv('AWS_ACCESS_KEY_ID', credentials.accessKeyId);
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', credentials.secretAccessKey);
});
afterEach(() => {
  server?.stop();
  vi.unstubAllEnvs();
});

/** Nothing is concluded from an answer without what was asked for: it is asked again. */
const unavailable = { code: 'aws.unavailable', retryable: true };

describe('an answer of AWS without what was asked for', () => {
  it('is no launch configuration: DRS names no template', async () => {
    const { sessions } = await awsAnswers({ sourceServerID: serverId(1), copyTags: true });
    const drs = drsLaunchConfigurations(sessions);
    const missing = { ...unavailable, awsCode: 'NoLaunchTemplate', answered: true };
    await expect(drs.get(TARGET, serverId(1))).rejects.toMatchObject(missing);
    await expect(drs.update(TARGET, serverId(1), { copyTags: true })).rejects.toMatchObject(missing);
  });

  it('states no setting that DRS left out', async () => {
    const { sessions } = await awsAnswers({
      ec2LaunchTemplateID: 'lt-0a1b2c3d',
      licensing: {},
      launchIntoInstanceProperties: {},
    });
    expect(await drsLaunchConfigurations(sessions).get(TARGET, serverId(1))).toEqual({
      launchTemplateId: 'lt-0a1b2c3d',
      settings: {},
    });
  });

  it('sees the instance that DRS launches into', async () => {
    const launchIntoInstanceProperties = { launchIntoEC2InstanceID: 'i-0a1b2c3d' };
    const { sessions } = await awsAnswers({ ec2LaunchTemplateID: 'lt-0a1b2c3d', launchIntoInstanceProperties });
    const { settings } = await drsLaunchConfigurations(sessions).get(TARGET, serverId(1));
    expect(settings).toEqual({ launchIntoInstanceProperties });
  });

  it('is no template version', async () => {
    const { sessions } = await awsAnswers('<Response><requestId>r</requestId></Response>');
    const ec2 = ec2LaunchTemplates(sessions);
    await expect(ec2.getDefault(TARGET, 'lt-0a1b2c3d')).rejects.toMatchObject(unavailable);
    const base = { launchTemplateId: 'lt-0a1b2c3d', versionNumber: 1, settings: {}, content: {} };
    await expect(ec2.createVersion(TARGET, base, { instanceType: 't3.micro' }, 't')).rejects.toMatchObject({
      ...unavailable,
      awsCode: 'NoVersion',
      answered: false,
    });
  });

  it('is no job, but there may be one', async () => {
    const { sessions } = await awsAnswers({});
    const start = drsRecovery(sessions).start(TARGET, serverIds(1), { isDrill: true, tag: 't' });
    await expect(start).rejects.toMatchObject({ ...unavailable, awsCode: 'NoJob', answered: false });
  });

  it('is no session of a role', async () => {
    const { sessions } = await awsAnswers(
      '<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult/></AssumeRoleResponse>',
    );
    const elsewhere = { accountId: '222222222222', region: REGION };
    await expect(drsLaunchConfigurations(sessions).get(elsewhere, serverId(1))).rejects.toMatchObject(unavailable);
  });

  it('is not an answer at all when it cannot be read', async () => {
    const { sessions } = await awsAnswers('<html>gateway</html>');
    await expect(drsLaunchConfigurations(sessions).get(TARGET, serverId(1))).rejects.toMatchObject(unavailable);
  });
});

describe('an answer of success with failures in it', () => {
  it('fails the queue, with the reason', async () => {
    const { client } = await awsAnswers({
      Successful: [],
      Failed: [{ Id: '0', Code: 'InternalError', SenderFault: false }],
    });
    const send = sqsApplyQueue(new SQSClient(client), `${client.endpoint}/1/q`).send([applyRequest()]);
    await expect(send).rejects.toMatchObject({ code: 'queue.send_failed', retryable: true, message: /InternalError/ });
  });

  it('fails the publisher, with the reason', async () => {
    const { client } = await awsAnswers({
      FailedEntryCount: 1,
      Entries: [{ EventId: 'x' }, { ErrorCode: 'InternalFailure', ErrorMessage: 'disk on fire' }],
    });
    const data = { groupId: 'payments', serverId: serverId(1), configHash: 'sha256:0' };
    const event = { type: LaunchConfigApplied.type, detail: { version: '1', correlationId: 'c', data } } as const;
    const publish = eventBridgePublisher(new EventBridgeClient(client), 'prelaunch').publish([event, event]);
    await expect(publish).rejects.toMatchObject({ code: 'events.publish_failed', message: /1 of 2.*disk on fire/ });
  });

  it('fails a read of many items when DynamoDB leaves keys unread again and again, instead of calling them absent', async () => {
    const Keys = [{ serverId: { S: serverId(1) } }];
    const { client, server: asked } = await awsAnswers({ Responses: {}, UnprocessedKeys: { servers: { Keys } } });
    const documents = DynamoDBDocumentClient.from(new DynamoDBClient(client));
    const read = dynamoServerStore(documents, 'servers').getMany(serverIds(2));
    await expect(read).rejects.toMatchObject({ code: 'store.busy', retryable: true });
    expect(asked.requests()).toBe(5);
  });
});
