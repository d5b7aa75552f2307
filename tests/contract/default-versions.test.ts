import { EC2Client } from '@aws-sdk/client-ec2';
import { defaultVersions } from '@prelaunch/aws/default-versions';
import { ec2LaunchTemplates } from '@prelaunch/aws/ec2-launch-templates';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TARGET } from '../support/builders.ts';
import { type LocalAws, startLocalAws } from '../support/local-aws.ts';

const DESCRIBE = { operation: 'DescribeLaunchTemplateVersions' };
const SERVERS = 12;

let aws: LocalAws;
let servers: { readonly id: string; readonly templateId: string }[];
beforeAll(async () => {
  aws = await startLocalAws();
  const ids = aws.simulator.addSourceServers(TARGET, SERVERS);
  servers = ids.map((id) => ({ id, templateId: aws.simulator.launchTemplateOf(id).launchTemplateId }));
});
afterAll(() => aws.stop());

describe('default versions that are asked for side by side', () => {
  it('are answered by fewer calls than there are templates, each with its own', async () => {
    const templates = ec2LaunchTemplates(aws.sessions);
    const before = aws.simulator.calls.snapshot();

    const found = await Promise.all(servers.map(({ templateId }) => templates.getDefault(TARGET, templateId)));

    expect(found.map(({ launchTemplateId }) => launchTemplateId)).toEqual(servers.map(({ templateId }) => templateId));
    const names = found.map(({ settings }) => settings.tags?.AWSElasticDisasterRecoverySourceServerID);
    expect(names).toEqual(servers.map(({ id }) => id));
    expect(aws.simulator.calls.since(before).count(DESCRIBE)).toBe(2);
  });

  it('are those of after the asking: a read under way answers nobody who came later', async () => {
    const held = heldAnswers();
    const read = defaultVersions(held.client);
    const [first = '', second = ''] = servers.map(({ templateId }) => templateId);
    const alone = read(first);
    await held.answered();
    const together = Promise.all(servers.map(({ templateId }) => read(templateId)));
    held.release();
    await alone;
    await held.answered();
    // The read of all has its answer, but has not handed it on; now somebody writes and asks.
    const before = await ec2LaunchTemplates(aws.sessions).getDefault(TARGET, second);
    const changes = { instanceType: 'r7i.xlarge' };
    const written = await ec2LaunchTemplates(aws.sessions).createVersion(TARGET, before, changes, 'token');
    await ec2LaunchTemplates(aws.sessions).setDefault(TARGET, second, written);
    const after = read(second);
    held.release();
    await together;
    await held.answered();
    held.release();

    expect((await after)?.VersionNumber).toBe(written);
  });

  it('fail together when the one call fails, and work again with the next', async () => {
    const templates = ec2LaunchTemplates(aws.sessions);
    const all = () => Promise.allSettled(servers.map(({ templateId }) => templates.getDefault(TARGET, templateId)));
    // The first caller reads alone; the second call is the one that answers those who gathered.
    const [first] = servers;
    await templates.getDefault(TARGET, first?.templateId ?? '');
    aws.simulator.faults.add({ ...DESCRIBE, times: 2, fault: { kind: 'throttle' } });

    const failed = await all();
    const after = await all();

    expect(failed.map(({ status }) => status)).toEqual(servers.map(() => 'rejected'));
    expect(failed[1]).toMatchObject({ reason: { code: 'aws.throttled', retryable: true } });
    expect(after.map(({ status }) => status)).toEqual(servers.map(() => 'fulfilled'));
  });

  it('leave the error of a template that does not exist to its own caller', async () => {
    const templates = ec2LaunchTemplates(aws.sessions);
    const missing = 'lt-00000000000000000';

    const answers = await Promise.allSettled(
      [...servers.map(({ templateId }) => templateId), missing].map((id) => templates.getDefault(TARGET, id)),
    );

    expect(answers.at(-1)).toMatchObject({
      status: 'rejected',
      reason: { awsCode: 'InvalidLaunchTemplateId.NotFound' },
    });
    expect(answers.filter(({ status }) => status === 'fulfilled')).toHaveLength(SERVERS);
  });
});

/** A client with every answer kept back until it is released; `answered` waits for the next one to be kept back. */
function heldAnswers() {
  const client = new EC2Client({ region: TARGET.region });
  let gate = Promise.withResolvers<void>();
  let arrival = Promise.withResolvers<void>();
  client.middlewareStack.add(
    (next) => async (args) => {
      const answer = await next(args);
      arrival.resolve();
      await gate.promise;
      return answer;
    },
    { step: 'initialize' },
  );
  return {
    client,
    async answered() {
      await arrival.promise;
      arrival = Promise.withResolvers();
    },
    release() {
      gate.resolve();
      gate = Promise.withResolvers();
    },
  };
}
