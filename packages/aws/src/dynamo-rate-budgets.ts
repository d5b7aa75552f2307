import { setTimeout as wait } from 'node:timers/promises';
import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { type DynamoDBDocumentClient, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { Target } from '@prelaunch/core/apply/ports';
import { RATE_LIMITS, type RateBudgets, type RateClass } from '@prelaunch/core/apply/rate-budgets';
import { tokensFrom, tokenTimes } from '@prelaunch/core/apply/token-schedule';
import { ContentionError } from '@prelaunch/core/errors';
import type { Clock } from '@prelaunch/core/group/ports';
import * as z from 'zod';
import { gathered } from './gathered.ts';

/** A bucket that nobody has taken from for so long is full, whatever its item says, so the item may go. */
const FORGOTTEN_SECONDS = 7 * 24 * 3600;

/** One way fails only when the other one has just become right, so the second round is a reserve. */
const ROUNDS_MAX = 2;

/** Workers on the messages of one batch ask within some milliseconds of each other, each after a read of its own. */
const TOGETHER_MS = 15;

const Bucket = z.object({ nextAt: z.number() });

/**
 * Token buckets in a table, one item each: the time at which the last token that somebody took comes (`token-schedule.ts`). A take is
 * one atomic update. Calls for one bucket that come together are one take and are answered the same time, so that messages of
 * one batch also come back together. A take whose answer is lost may count twice: tokens are then wasted, never given twice.
 */
export function dynamoRateBudgets(client: DynamoDBDocumentClient, tableName: string, now: Clock): RateBudgets {
  const takers = new Map<string, (count: number) => Promise<number>>();

  function takerOf(budgetId: string, rateClass: RateClass): (count: number) => Promise<number> {
    const known = takers.get(budgetId);
    if (known) return known;
    let underWay: Promise<unknown> = Promise.resolve();
    const taker = gathered<number, number>(
      async () => {
        await wait(TOGETHER_MS);
        await underWay;
      },
      async (counts) => {
        const count = counts.reduce((sum, one) => sum + one, 0);
        const taken = takeBlock(budgetId, rateClass, count);
        underWay = taken.catch(() => undefined);
        const from = await taken;
        return () => from;
      },
    );
    takers.set(budgetId, taker);
    return taker;
  }

  async function takeBlock(budgetId: string, rateClass: RateClass, count: number): Promise<number> {
    const at = now();
    const times = tokenTimes(RATE_LIMITS[rateClass], count, at);
    const expiresAt = Math.floor(at.getTime() / 1000) + FORGOTTEN_SECONDS;
    const behindOthers = {
      UpdateExpression: 'SET nextAt = nextAt + :cost, expiresAt = :expiresAt',
      ConditionExpression: 'nextAt >= :full',
      ExpressionAttributeValues: { ':cost': times.cost, ':full': times.full, ':expiresAt': expiresAt },
    };
    const fromFullBucket = {
      UpdateExpression: 'SET nextAt = :from, expiresAt = :expiresAt',
      ConditionExpression: 'attribute_not_exists(nextAt) OR nextAt < :full',
      ExpressionAttributeValues: {
        ':from': tokensFrom(undefined, times),
        ':full': times.full,
        ':expiresAt': expiresAt,
      },
    };
    for (let round = 0; round < ROUNDS_MAX; round += 1) {
      const from = (await update(budgetId, behindOthers)) ?? (await update(budgetId, fromFullBucket));
      if (from !== undefined) return from;
    }
    throw new ContentionError(`budget ${budgetId}`);
  }

  /** Undefined: the condition does not hold. */
  async function update(
    budgetId: string,
    change: {
      readonly UpdateExpression: string;
      readonly ConditionExpression: string;
      readonly ExpressionAttributeValues: Record<string, number>;
    },
  ): Promise<number | undefined> {
    const input = { TableName: tableName, Key: { budgetId }, ReturnValues: 'UPDATED_NEW', ...change } as const;
    try {
      const { Attributes } = await client.send(new UpdateCommand(input));
      return Bucket.parse(Attributes).nextAt;
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return undefined;
      throw error;
    }
  }

  return { take: (target, rateClass, count) => takerOf(budgetIdOf(target, rateClass), rateClass)(count) };
}

function budgetIdOf({ accountId, region }: Target, rateClass: RateClass): string {
  return `rate#${accountId}#${region}#${rateClass}`;
}
