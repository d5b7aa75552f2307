import { EC2Client } from '@aws-sdk/client-ec2';
import { ec2LaunchTemplates } from '@prelaunch/aws/ec2-launch-templates';
import { targetSessions } from '@prelaunch/aws/target-sessions';
import { templateReads } from '@prelaunch/aws/template-reads';
import { memoryRateBudgets } from '@prelaunch/memory/memory-rate-budgets';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ACCOUNT, TARGET } from '../support/builders.ts';
import { type LocalAws, startLocalAws } from '../support/local-aws.ts';

const VERSIONS = { operation: 'DescribeLaunchTemplateVersions' };
const TEMPLATES = { operation: 'DescribeLaunchTemplates' };
const SERVERS = 12;
const MISSING = 'lt-00000000000000000';

let aws: LocalAws;
let servers: { readonly id: string; readonly templateId: string }[];
let templateIds: string[];
beforeAll(async () => {
  aws = await startLocalAws();
  const ids = aws.simulator.addSourceServers(TARGET, SERVERS);
  servers = ids.map((id) => ({ id, templateId: aws.simulator.launchTemplateOf(id).launchTemplateId }));
  templateIds = servers.map(({ templateId }) => templateId);
});
afterAll(() => aws.stop());

describe('default versions that are asked for side by side', () => {
  it('are answered by one call, each with its own', async () => {
    const templates = ec2LaunchTemplates(aws.sessions);
    const before = aws.simulator.calls.snapshot();

    const found = await Promise.all(templateIds.map((id) => templates.getDefault(TARGET, id)));

    expect(found.map(({ launchTemplateId }) => launchTemplateId)).toEqual(templateIds);
    const names = found.map(({ settings }) => settings.tags?.AWSElasticDisasterRecoverySourceServerID);
    expect(names).toEqual(servers.map(({ id }) => id));
    expect(aws.simulator.calls.since(before).count(VERSIONS)).toBe(1);
  });

  it('are asked for one by one where a page would hardly save a call, and each once', async () => {
    const templates = ec2LaunchTemplates(aws.sessions);
    const before = aws.simulator.calls.snapshot();
    const [first = '', second = ''] = templateIds;

    const found = await Promise.all([first, second, first].map((id) => templates.getDefault(TARGET, id)));

    expect(found.map(({ launchTemplateId }) => launchTemplateId)).toEqual([first, second, first]);
    expect(aws.simulator.calls.since(before).count(VERSIONS)).toBe(2);
  });

  it('are asked for one by one where all templates are many pages, of which no more are read than templates are asked for', async () => {
    const far = { ...TARGET, region: 'eu-central-1' };
    const ids = aws.simulator.addSourceServers(far, 1_410).slice(-3);
    const three = ids.map((id) => aws.simulator.launchTemplateOf(id).launchTemplateId);
    const templates = ec2LaunchTemplates(aws.sessions);
    const read = async () => {
      const before = aws.simulator.calls.snapshot();
      const found = await Promise.all(three.map((id) => templates.getDefault(far, id)));
      expect(found.map(({ launchTemplateId }) => launchTemplateId)).toEqual(three);
      return aws.simulator.calls.since(before).count(VERSIONS);
    };
    expect(await read()).toBeLessThanOrEqual(6);
    expect(await read()).toBe(3);
  });

  it('are those of after the asking: a read under way answers nobody who came later', async () => {
    const held = heldAnswers();
    const { defaultVersion } = templateReads(held.client, new EC2Client({ region: TARGET.region }));
    const [, second = ''] = templateIds;
    const together = Promise.all(templateIds.map(defaultVersion));
    await held.answered();
    // The read of all has its answer, but has not handed it on; now somebody writes and asks.
    const templates = ec2LaunchTemplates(aws.sessions);
    const before = await templates.getDefault(TARGET, second);
    const written = await templates.createVersion(TARGET, before, { instanceType: 'r7i.xlarge' }, 'token');
    await templates.setDefault(TARGET, second, written.versionNumber);
    const after = defaultVersion(second);
    held.release();
    const [, found] = await together;
    await held.answered();
    held.release();

    expect(found?.VersionNumber).toBe(before.versionNumber);
    expect((await after)?.VersionNumber).toBe(written.versionNumber);
  });

  it('fail together when the one call fails, and work again with the next', async () => {
    const templates = ec2LaunchTemplates(aws.sessions);
    const all = () => Promise.allSettled(templateIds.map((id) => templates.getDefault(TARGET, id)));
    aws.simulator.faults.add({ ...VERSIONS, times: 1, fault: { kind: 'throttle' } });

    const failed = await all();
    const after = await all();

    expect(failed.map(({ status }) => status)).toEqual(servers.map(() => 'rejected'));
    expect(failed[1]).toMatchObject({ reason: { code: 'aws.throttled', retryable: true } });
    expect(after.map(({ status }) => status)).toEqual(servers.map(() => 'fulfilled'));
  });

  it('leave the error of a template that does not exist to its own caller', async () => {
    const templates = ec2LaunchTemplates(aws.sessions);

    const answers = await Promise.allSettled([...templateIds, MISSING].map((id) => templates.getDefault(TARGET, id)));

    expect(answers.at(-1)).toMatchObject({
      status: 'rejected',
      reason: { awsCode: 'InvalidLaunchTemplateId.NotFound' },
    });
    expect(answers.filter(({ status }) => status === 'fulfilled')).toHaveLength(SERVERS);
  });
});

describe('version numbers that are asked for side by side', () => {
  const numbersOf = (ids: readonly string[]) => {
    const templates = ec2LaunchTemplates(aws.sessions);
    return Promise.allSettled(ids.map((id) => templates.getNumbers(TARGET, id)));
  };

  it('are answered by one call, each with its own', async () => {
    const before = aws.simulator.calls.snapshot();
    const found = await numbersOf([...templateIds, ...templateIds]);
    const expected = [...servers, ...servers].map(({ id }) => {
      const { defaultVersion, latestVersion } = aws.simulator.launchTemplateOf(id);
      return { status: 'fulfilled', value: { defaultVersion, latestVersion } };
    });
    expect(found).toEqual(expected);
    expect(aws.simulator.calls.since(before).count(TEMPLATES)).toBe(1);
  });

  it('leave the errors of templates that do not exist to their own callers', async () => {
    const ids = [...templateIds, MISSING, 'nonsense'];
    const before = aws.simulator.calls.snapshot();
    const found = await numbersOf(ids);
    expect(found.slice(0, SERVERS).map(({ status }) => status)).toEqual(templateIds.map(() => 'fulfilled'));
    expect(found.slice(SERVERS)).toMatchObject([
      { reason: { awsCode: 'InvalidLaunchTemplateId.NotFound', retryable: true } },
      { reason: { awsCode: 'InvalidLaunchTemplateId.Malformed', retryable: false } },
    ]);
    expect(aws.simulator.calls.since(before).count(TEMPLATES)).toBeLessThan(ids.length);
  });

  it('all fail when the call fails otherwise, without another', async () => {
    aws.simulator.faults.add({ ...TEMPLATES, times: 1, fault: { kind: 'throttle' } });
    const before = aws.simulator.calls.snapshot();
    const found = await numbersOf(templateIds);
    expect(found.map(({ status }) => status)).toEqual(templateIds.map(() => 'rejected'));
    expect(aws.simulator.calls.since(before).count(TEMPLATES)).toBe(1);
  });

  it('of more than a call takes are asked for in several', async () => {
    const far = { ...TARGET, region: 'us-west-2' };
    const ids = aws.simulator
      .addSourceServers(far, 201)
      .map((id) => aws.simulator.launchTemplateOf(id).launchTemplateId);
    const before = aws.simulator.calls.snapshot();
    const templates = ec2LaunchTemplates(aws.sessions);
    const found = await Promise.all(ids.map((id) => templates.getNumbers(far, id)));
    expect(found.filter(({ defaultVersion }) => defaultVersion > 0)).toHaveLength(201);
    expect(aws.simulator.calls.since(before).count(TEMPLATES)).toBe(2);
  });
});

describe('reads of templates', () => {
  it("stay within the account's rate of describes: without a token no call is made", async () => {
    const now = () => new Date();
    const budgets = memoryRateBudgets(now);
    const home = { accountId: ACCOUNT, sessionName: 'test' };
    const sessions = targetSessions(home, { sts: aws.sts, accounts: { get: async () => undefined }, budgets, now });
    await budgets.take(TARGET, 'describe', 300);
    const before = aws.simulator.calls.snapshot();
    const templates = ec2LaunchTemplates(sessions);
    const [id = ''] = templateIds;
    const waiting = { code: 'rate.waiting', retryable: true, retryAfterSeconds: expect.any(Number) };

    for (const read of ['getDefault', 'getNumbers'] as const)
      await expect(templates[read](TARGET, id)).rejects.toMatchObject(waiting);

    expect(aws.simulator.calls.since(before).counts()).toEqual([]);
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
