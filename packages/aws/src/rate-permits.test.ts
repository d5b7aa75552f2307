import {
  AssociateIamInstanceProfileCommand,
  CreateLaunchTemplateVersionCommand,
  CreateTagsCommand,
  DeleteLaunchTemplateVersionsCommand,
  DeleteTagsCommand,
  DescribeInstancesCommand,
  DescribeSubnetsCommand,
  EC2Client,
  GetLaunchTemplateDataCommand,
  ModifyInstanceMetadataOptionsCommand,
  ModifyLaunchTemplateCommand,
  MonitorInstancesCommand,
} from '@aws-sdk/client-ec2';
import type { RateBudgets } from '@prelaunch/core/apply/rate-budgets';
import { memoryRateBudgets } from '@prelaunch/memory/memory-rate-budgets';
import { describe, expect, it } from 'vitest';
import { REGION, TARGET } from '../../../tests/support/builders.ts';
import { fixedClock } from '../../../tests/support/clock.ts';
import { askForPermits, ratePermit } from './rate-permits.ts';

function countedBudgets() {
  const clock = fixedClock();
  const budgets = memoryRateBudgets(clock.now);
  const takes: string[] = [];
  const counted: RateBudgets = {
    take(target, rateClass, count) {
      takes.push(`${count} ${rateClass}`);
      return budgets.take(target, rateClass, count);
    },
  };
  return { clock, budgets, takes, deps: { budgets: counted, now: clock.now } };
}

function underTest({ used = 0 } = {}) {
  const { clock, budgets, takes, deps } = countedBudgets();
  return {
    clock,
    takes,
    ready: budgets.take(TARGET, 'describe', used),
    permit: ratePermit(TARGET, 'describe', 10, deps),
  };
}

describe('ratePermit', () => {
  it('takes one block for ten requests', async () => {
    const { permit, takes } = underTest();
    for (let n = 0; n < 10; n += 1) await permit();
    expect(takes).toEqual(['10 describe']);
    await permit();
    expect(takes).toEqual(['10 describe', '10 describe']);
  });

  it('takes as few blocks as needed for requests that come at once', async () => {
    const { permit, takes } = underTest();
    await Promise.all(Array.from({ length: 25 }, () => permit()));
    expect(takes).toEqual(['10 describe', '10 describe', '10 describe']);
  });

  it('does not keep tokens for long', async () => {
    const { permit, takes, clock } = underTest();
    await permit();
    clock.advance(9_999);
    await permit();
    clock.advance(1);
    await permit();
    expect(takes).toEqual(['10 describe', '10 describe']);
  });

  it('says when to come back when the tokens are still to come, and keeps them until then', async () => {
    const { permit, takes, clock, ready } = underTest({ used: 130 });
    await ready;
    const refused = {
      code: 'rate.waiting',
      retryable: true,
      retryAfterSeconds: 2,
      until: clock.now().getTime() + 2_000,
    };
    await expect(permit()).rejects.toMatchObject(refused);
    await expect(permit()).rejects.toMatchObject(refused);
    expect(takes).toEqual(['10 describe']);
    clock.advance(2_000);
    for (let n = 0; n < 10; n += 1) await permit();
    expect(takes).toEqual(['10 describe']);
  });

  it('tries again after the budget could not be asked', async () => {
    let broken = true;
    const clock = fixedClock();
    const budgets: RateBudgets = {
      take: async () => {
        if (broken) throw new Error('no table');
        return 0;
      },
    };
    const permit = ratePermit(TARGET, 'describe', 10, { budgets, now: clock.now });
    await expect(Promise.all([permit(), permit()])).rejects.toThrow('no table');
    broken = false;
    await permit();
  });
});

/** A client that gets no further than to be let through. */
function clientUnderTest() {
  const { takes, deps } = countedBudgets();
  const ec2 = new EC2Client({ region: REGION });
  let sent = 0;
  ec2.middlewareStack.add(
    () => async () => {
      sent += 1;
      return { output: { $metadata: {} }, response: {} };
    },
    { step: 'initialize', priority: 'low' },
  );
  askForPermits(ec2, TARGET, deps);
  return { ec2, takes, sent: () => sent };
}

const template = { LaunchTemplateId: 'lt-0a1b2c3d' };
const instance = { InstanceId: 'i-0a1b2c3d' };
const tagged = { Resources: ['i-0a1b2c3d'], Tags: [{ Key: 'Stage' }] };

describe('askForPermits', () => {
  it('takes what reads need from their bucket, several at once', async () => {
    const { ec2, takes, sent } = clientUnderTest();
    await ec2.send(new DescribeInstancesCommand({}));
    await ec2.send(new DescribeSubnetsCommand({}));
    await ec2.send(new GetLaunchTemplateDataCommand(instance));
    expect(takes).toEqual(['10 describe']);
    expect(sent()).toBe(3);
  });

  it('takes a token for each change of any kind', async () => {
    const { ec2, takes, sent } = clientUnderTest();
    await ec2.send(new DeleteLaunchTemplateVersionsCommand({ ...template, Versions: ['1'] }));
    await ec2.send(new ModifyInstanceMetadataOptionsCommand(instance));
    await ec2.send(new MonitorInstancesCommand({ InstanceIds: [instance.InstanceId] }));
    await ec2.send(new AssociateIamInstanceProfileCommand({ ...instance, IamInstanceProfile: { Name: 'Recovery' } }));
    await ec2.send(new CreateTagsCommand(tagged));
    await ec2.send(new DeleteTagsCommand(tagged));
    expect(takes).toEqual(Array.from({ length: 6 }, () => '1 mutating'));
    expect(sent()).toBe(6);
  });

  it('takes nothing for the writes that EC2 counts by themselves', async () => {
    const { ec2, takes, sent } = clientUnderTest();
    await ec2.send(new CreateLaunchTemplateVersionCommand({ ...template, LaunchTemplateData: {} }));
    await ec2.send(new ModifyLaunchTemplateCommand(template));
    expect(takes).toEqual([]);
    expect(sent()).toBe(2);
  });

  it('sends no change beyond the rate, and says when to come back', async () => {
    const { ec2, sent } = clientUnderTest();
    const change = () => ec2.send(new CreateTagsCommand(tagged));
    for (let n = 0; n < 50; n += 1) await change();
    await expect(change()).rejects.toMatchObject({ code: 'rate.waiting', rateClass: 'mutating', retryAfterSeconds: 1 });
    expect(sent()).toBe(50);
  });
});
