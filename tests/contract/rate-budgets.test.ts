import { GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { dynamoRateBudgets } from '@prelaunch/aws/dynamo-rate-budgets';
import type { RateBudgets, RateClass } from '@prelaunch/core/apply/rate-budgets';
import type { Clock } from '@prelaunch/core/group/ports';
import { memoryRateBudgets } from '@prelaunch/memory/memory-rate-budgets';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ACCOUNT, TARGET } from '../support/builders.ts';
import { after, fixedClock } from '../support/clock.ts';
import { type LocalAws, startLocalAws } from '../support/local-aws.ts';

let aws: LocalAws;
beforeAll(async () => {
  aws = await startLocalAws();
});
afterAll(() => aws.stop());

/** The budgets of so many workers who share the buckets. */
type UnderTest = (workers: number, now: Clock) => Promise<readonly RateBudgets[]>;

const memory: UnderTest = async (workers, now) => {
  const shared = memoryRateBudgets(now);
  return Array.from({ length: workers }, () => shared);
};
const dynamo: UnderTest = async (workers, now) => {
  const table = await aws.table('budgetId');
  return Array.from({ length: workers }, () => dynamoRateBudgets(aws.documents, table, now));
};

const CREATE: RateClass = 'CreateLaunchTemplateVersion';
const start = after(0).getTime();

describe.each([
  ['in memory', memory],
  ['on DynamoDB', dynamo],
])('RateBudgets %s', (where, make) => {
  async function alone() {
    const clock = fixedClock();
    const [budgets] = await make(1, clock.now);
    const take = async (count: number, rateClass = CREATE, target: typeof TARGET | object = TARGET) =>
      ((await budgets?.take({ ...TARGET, ...target }, rateClass, count)) ?? Number.NaN) - start;
    return { clock, take };
  }

  it('gives a burst at once, and then tokens as they come', async () => {
    const { take } = await alone();
    expect(await take(60)).toBeLessThanOrEqual(0);
    expect(await take(40)).toBe(0);
    expect(await take(1)).toBe(200);
    expect(await take(10)).toBe(2200);
  });

  it('has another bucket for every class, account and Region, each with its own rate', async () => {
    const { take } = await alone();
    await take(200);
    expect(await take(101, 'ModifyLaunchTemplate')).toBe(200);
    expect(await take(102, 'describe')).toBe(100);
    expect(await take(51, 'mutating')).toBe(200);
    expect(await take(100, CREATE, { accountId: '222222222222' })).toBe(0);
    expect(await take(100, CREATE, { region: 'eu-central-1' })).toBe(0);
    expect(await take(1)).toBe(20_200);
  });

  it('fills again with time, up to the burst', async () => {
    const { take, clock } = await alone();
    await take(100);
    clock.advance(1_000);
    expect(await take(5)).toBe(1_000);
    expect(await take(1)).toBe(1_200);
    clock.advance(3_600_000);
    expect(await take(100)).toBe(3_601_000);
    expect(await take(1)).toBe(3_601_200);
  });

  it('never gives many workers together more than the rate, and loses no token', async () => {
    const workers = await make(6, fixedClock().now);
    const takes = Array.from({ length: 300 }, (_, n) => workers[n % workers.length]?.take(TARGET, CREATE, 1) ?? 0);
    const usable = (await Promise.all(takes))
      .map((from) => Math.max(0, from - start))
      .sort((one, other) => one - other);
    for (const from of usable) {
      const byThen = usable.filter((other) => other <= from).length;
      expect(byThen).toBeLessThanOrEqual(100 + from / 200);
    }
    expect(usable.at(-1)).toBe(200 * 200);
  });

  it('gives the same in every order of takes as one bucket would', async () => {
    let run = 0;
    const anyTakes = fc.array(fc.record({ count: fc.integer({ min: 1, max: 60 }), pause: fc.nat(8_000) }), {
      maxLength: 8,
    });
    await fc.assert(
      fc.asyncProperty(anyTakes, async (takes) => {
        run += 1;
        const { take, clock } = await alone();
        const twinClock = fixedClock();
        const twin = memoryRateBudgets(twinClock.now);
        for (const { count, pause } of takes) {
          clock.advance(pause);
          twinClock.advance(pause);
          const region = `${where} ${run}`;
          const expected = (await twin.take({ accountId: ACCOUNT, region }, CREATE, count)) - start;
          expect(await take(count, CREATE, { region })).toBe(expected);
        }
      }),
      { numRuns: 10 },
    );
  });
});

describe('RateBudgets on DynamoDB', () => {
  it('takes for callers that come together at once, and answers them all the same time', async () => {
    const [budgets] = await dynamo(1, fixedClock().now);
    const together = (count: number) =>
      Promise.all(Array.from({ length: count }, () => budgets?.take(TARGET, CREATE, 1))).then((all) =>
        all.map((from = 0) => from - start),
      );
    expect(new Set(await together(100))).toEqual(new Set([0]));
    expect(new Set(await together(10))).toEqual(new Set([2_000]));
  });

  it('gathers those who come while a take is under way', async () => {
    const [budgets] = await dynamo(1, fixedClock().now);
    const take = async (count: number) => ((await budgets?.take(TARGET, CREATE, count)) ?? 0) - start;
    await take(100);
    const gate = Promise.withResolvers<void>();
    const underWay = Promise.withResolvers<void>();
    aws.documents.middlewareStack.add(
      (next) => async (args) => {
        underWay.resolve();
        await gate.promise;
        return next(args);
      },
      { step: 'initialize', name: 'gate' },
    );
    const first = take(1);
    await underWay.promise;
    const others = [take(1), take(2)];
    aws.documents.middlewareStack.remove('gate');
    gate.resolve();
    expect(await Promise.all([first, ...others])).toEqual([200, 800, 800]);
  });

  it('says when a bucket may be forgotten: long after it is full again', async () => {
    const table = await aws.table('budgetId');
    await dynamoRateBudgets(aws.documents, table, fixedClock().now).take(TARGET, CREATE, 1);
    const budgetId = `rate#${ACCOUNT}#eu-west-1#${CREATE}`;
    const { Item } = await aws.documents.send(new GetCommand({ TableName: table, Key: { budgetId } }));
    expect(Item).toEqual({ budgetId, nextAt: start - 99 * 200, expiresAt: start / 1000 + 7 * 24 * 3600 });
  });

  it('goes on after the table failed', async () => {
    const table = await aws.table('budgetId');
    const budgets = dynamoRateBudgets(aws.documents, table, fixedClock().now);
    const Item = { budgetId: `rate#${ACCOUNT}#eu-west-1#${CREATE}`, nextAt: 'nonsense' };
    await aws.documents.send(new PutCommand({ TableName: table, Item }));
    const failed = await Promise.allSettled([budgets.take(TARGET, CREATE, 1), budgets.take(TARGET, CREATE, 1)]);
    expect(failed.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    await aws.documents.send(new PutCommand({ TableName: table, Item: { ...Item, nextAt: 0 } }));
    expect(await budgets.take(TARGET, CREATE, 100)).toBe(start);
  });
});
