import { setTimeout as wait } from 'node:timers/promises';
import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { dynamoAuditLog } from '@prelaunch/aws/dynamo-audit-log';
import { sqsAuditTrail } from '@prelaunch/aws/sqs-audit-trail';
import { AuditRecord } from '@prelaunch/contracts/audit';
import { appendRecords } from '@prelaunch/core/audit/append-records';
import type { AuditBlock } from '@prelaunch/core/audit/audit-block';
import type { AuditBlocks, AuditQuery, AuditTrail } from '@prelaunch/core/audit/ports';
import { queryAudit } from '@prelaunch/core/audit/query-audit';
import { memoryAuditLog } from '@prelaunch/memory/memory-audit-log';
import { memoryAuditTrail } from '@prelaunch/memory/memory-audit-trail';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { auditRecord, storedBlocks, verified } from '../support/audit.ts';
import { AT, fixedClock, HOUR_MS, after as later } from '../support/clock.ts';
import { type LocalAws, startLocalAws } from '../support/local-aws.ts';

let aws: LocalAws;
beforeAll(async () => {
  aws = await startLocalAws();
});
afterAll(() => aws.stop());

const DAY_MS = 24 * HOUR_MS;
const RANGE = { from: later(-DAY_MS).toISOString(), to: later(3 * DAY_MS).toISOString(), limit: 1_000 };

const memory = async (): Promise<AuditBlocks> => memoryAuditLog();
const dynamo = async (): Promise<AuditBlocks> => dynamoAuditLog(aws.documents, await aws.table('chain', 'position'));

/** All pages of a query. */
async function pages(query: AuditQuery, blocks: AuditBlocks) {
  const found = [];
  for (let nextToken: string | undefined; ; ) {
    const page = await queryAudit({ ...query, nextToken }, { blocks });
    found.push(page.entries.map(({ recordId }) => recordId));
    nextToken = page.nextToken;
    if (nextToken === undefined) return found;
  }
}

describe.each([
  ['in memory', memory],
  ['on DynamoDB', dynamo],
])('AuditBlocks %s', (_where, make) => {
  it('gives back what was appended, and verifies', async () => {
    const blocks = await make();
    const { now } = fixedClock();
    const full = auditRecord(1, { beforeHash: null, afterHash: 'sha256:1', policies: [], waveId: 'e/1' });
    const { serverId: _none, groupId: _neither, ...bare } = auditRecord(2);
    const [block] = await appendRecords({ records: [full, bare] }, { blocks, now });
    expect(block).toMatchObject({ day: '2026-03-01', block: 1, prevHash: null, appendedAt: AT, records: [full, bare] });
    expect(await blocks.get('2026-03-01', 1)).toStrictEqual(block);
    expect(await blocks.head()).toEqual({ day: '2026-03-01', block: 1, hash: block?.hash });
    expect(await verified(blocks)).toMatchObject({ findings: [], blocks: 1, records: 2 });
  });

  it('holds each record once and in one chain, however many append at the same time', async () => {
    const blocks = await make();
    const { now } = fixedClock();
    const appender = async (n: number) => {
      for (let one = 0; one < 5; one += 1)
        await appendRecords(
          { records: [auditRecord(100 * n + 2 * one), auditRecord(100 * n + 2 * one + 1)] },
          { blocks, now },
        );
    };
    await Promise.all(Array.from({ length: 8 }, (_, n) => appender(n)));
    const report = await verified(blocks);
    expect(report).toMatchObject({ findings: [], blocks: 40, records: 80, days: 1 });
    expect(await blocks.head()).toEqual(report.newest);
    const found = (await pages({ ...RANGE, groupId: 'payments' }, blocks)).flat();
    expect(new Set(found).size).toBe(80);
    expect(found).toHaveLength(80);
  });

  it('holds records once that were delivered to several at the same time', async () => {
    const blocks = await make();
    const { now } = fixedClock();
    const records = [auditRecord(1), auditRecord(2)];
    await Promise.all(Array.from({ length: 4 }, () => appendRecords({ records }, { blocks, now })));
    expect(await verified(blocks)).toMatchObject({ findings: [], blocks: 1, records: 2 });
  });

  it('chains days to each other, whoever still appends to the old one', async () => {
    const blocks = await make();
    const early = { blocks, now: () => later(11 * HOUR_MS) };
    const late = { blocks, now: () => later(12 * HOUR_MS) };
    await appendRecords({ records: [auditRecord(0)] }, early);
    await Promise.all(
      Array.from({ length: 6 }, (_, n) => appendRecords({ records: [auditRecord(n + 1)] }, n % 2 === 0 ? early : late)),
    );
    // A clock that is behind, or has stood still for a year.
    await appendRecords({ records: [auditRecord(8)] }, early);
    const next = { blocks, now: () => later(365 * DAY_MS) };
    await appendRecords({ records: [auditRecord(9)] }, next);
    expect(await verified(blocks)).toMatchObject({ findings: [], records: 9, days: 3 });
    const days = (await storedBlocks(blocks)).map(({ day }) => day);
    expect([...new Set(days)]).toEqual(['2026-03-01', '2026-03-02', '2027-03-01']);
  });

  it('leaves out what an earlier delivery appended, and indexes it again', async () => {
    const blocks = await make();
    const clock = fixedClock();
    const records = [auditRecord(1), auditRecord(2)];
    const stopped = { ...blocks, addIndexEntry: () => Promise.reject(new Error('it stopped')) };
    await expect(appendRecords({ records }, { blocks: stopped, now: clock.now })).rejects.toThrow('it stopped');
    clock.advance(13 * HOUR_MS);
    for (let n = 10; n < 60; n += 1) await appendRecords({ records: [auditRecord(n)] }, { blocks, now: clock.now });
    const again = { records: [...records, auditRecord(3)], since: AT };
    const [block] = await appendRecords(again, { blocks, now: clock.now });
    expect(block?.records.map(({ recordId }) => recordId)).toEqual(['record-3']);
    expect(await appendRecords(again, { blocks, now: clock.now })).toEqual([]);
    const found = (await pages({ ...RANGE, actor: 'ops@example.com' }, blocks)).flat();
    expect(found.slice(-2)).toEqual(['record-2', 'record-1']);
    expect(new Set(found).size).toBe(53);
    expect(await verified(blocks)).toMatchObject({ findings: [], records: 53 });
  });

  it('keeps a head that is further', async () => {
    const blocks = await make();
    const head = (day: string, block: number) => ({ day, block, hash: `sha256:${day}${block}` });
    expect(await blocks.head()).toBeUndefined();
    for (const [moved, kept] of [
      [head('2026-03-02', 5), head('2026-03-02', 5)],
      [head('2026-03-02', 4), head('2026-03-02', 5)],
      [head('2026-03-01', 9), head('2026-03-02', 5)],
      [{ ...head('2026-03-02', 5), hash: 'sha256:other' }, head('2026-03-02', 5)],
      [head('2026-03-02', 10), head('2026-03-02', 10)],
      [head('2026-03-03', 1), head('2026-03-03', 1)],
    ] as const) {
      await blocks.moveHead(moved);
      expect(await blocks.head()).toEqual(kept);
    }
  });

  it('counts a block as appended when it was put and the answer was lost', async () => {
    const blocks = await make();
    const lossy = { ...blocks, put: async (block: AuditBlock) => (await blocks.put(block)) && false };
    const appended = await appendRecords({ records: [auditRecord(1)] }, { blocks: lossy, now: fixedClock().now });
    expect(appended).toHaveLength(1);
    expect(await verified(blocks)).toMatchObject({ findings: [], blocks: 1, records: 1 });
  });

  it('takes more blocks for what one item cannot hold', async () => {
    const blocks = await make();
    const policies = Array.from({ length: 100 }, () => '€'.repeat(250));
    const records = Array.from({ length: 6 }, (_, n) => AuditRecord.parse(auditRecord(n, { policies })));
    expect(await appendRecords({ records }, { blocks, now: fixedClock().now })).toHaveLength(3);
    expect(await verified(blocks)).toMatchObject({ findings: [], blocks: 3, records: 6 });
  });

  it('answers by group, actor, both and time, newest first, page by page', async () => {
    const blocks = await make();
    const long = 'ä'.repeat(1024);
    for (let n = 0; n < 12; n += 1) {
      const at = later(n * HOUR_MS).toISOString();
      const groupId = n % 2 === 0 ? 'even' : 'odd';
      const actor = n % 3 === 0 ? long : 'other';
      const records = [
        auditRecord(2 * n, { at, groupId, actor }),
        auditRecord(2 * n + 1, { at, groupId: 'all', actor }),
      ];
      await appendRecords({ records }, { blocks, now: () => later((n + 4) * HOUR_MS) });
    }
    const ids = (...numbers: number[]) => numbers.map((n) => `record-${n}`);
    const ask = (query: Partial<AuditQuery>) => pages({ ...RANGE, ...query }, blocks);
    expect(await ask({ groupId: 'even' })).toEqual([ids(20, 16, 12, 8, 4, 0)]);
    expect(await ask({ actor: long, limit: 3 })).toEqual([ids(19, 18, 13), ids(12, 7, 6), ids(1, 0)]);
    expect(await ask({ groupId: 'all', actor: long })).toEqual([ids(19, 13, 7, 1)]);
    const times = { from: later(9 * HOUR_MS).toISOString(), to: later(11 * HOUR_MS).toISOString() };
    expect(await ask({ ...times })).toEqual([ids(21, 20, 19, 18)]);
    expect(await ask({ ...times, groupId: 'odd' })).toEqual([ids(18)]);
    expect(await ask({ groupId: 'nobody' })).toEqual([[]]);
    const [entry] = (await queryAudit({ ...RANGE, groupId: 'even' }, { blocks })).entries;
    expect(entry).toMatchObject({ recordId: 'record-20', day: '2026-03-02', block: 3 });
    expect(entry?.blockHash).toBe((await blocks.get('2026-03-02', 3))?.hash);
  });

  it('takes a token only with the query that it was issued for', async () => {
    const blocks = await make();
    for (let n = 0; n < 3; n += 1)
      await appendRecords({ records: [auditRecord(n)] }, { blocks, now: fixedClock().now });
    const query = { ...RANGE, groupId: 'payments', limit: 1 };
    const { nextToken = '' } = await queryAudit(query, { blocks });
    const forged = Buffer.from(nextToken, 'base64url').toString().replace('"block":3', '"block":2');
    const refused = { code: 'request.invalid', retryable: false };
    for (const token of ['', 'x', Buffer.from(forged).toString('base64url'), Buffer.from('{}').toString('base64url')])
      await expect(queryAudit({ ...query, nextToken: token }, { blocks })).rejects.toMatchObject(refused);
    await expect(queryAudit({ ...query, groupId: 'other', nextToken }, { blocks })).rejects.toMatchObject(refused);
    expect((await queryAudit({ ...query, nextToken }, { blocks })).entries).toMatchObject([{ recordId: 'record-1' }]);
  });

  it('reads no more than 31 days where nobody is named', async () => {
    const blocks = await make();
    const range = { from: later(-32 * DAY_MS).toISOString(), to: AT, limit: 10 };
    await expect(queryAudit(range, { blocks })).rejects.toMatchObject({ code: 'request.invalid' });
    expect(await queryAudit({ ...range, actor: 'x' }, { blocks })).toEqual({ entries: [] });
  });
});

describe('the audit log on DynamoDB', () => {
  it('says what it cannot read, and fails otherwise', async () => {
    const TableName = await aws.table('chain', 'position');
    const blocks = dynamoAuditLog(aws.documents, TableName);
    await appendRecords({ records: [auditRecord(1)] }, { blocks, now: fixedClock().now });
    await aws.documents.send(new PutCommand({ TableName, Item: { chain: 'day#2026-03-01', position: 'odd', x: 1 } }));
    const { findings } = await verified(blocks);
    expect(findings).toMatchObject([{ kind: 'unreadable', day: '2026-03-01', block: 'odd' }]);
    await expect(blocks.newestFirst('2026-03-01', { limit: 5 })).rejects.toThrow();
    await expect(dynamoAuditLog(aws.documents, 'none').head()).rejects.toThrow();
  });
});

type TrailUnderTest = () => { trail: AuditTrail; recorded: () => AuditRecord[] };

const memoryTrail: TrailUnderTest = () => {
  const trail = memoryAuditTrail();
  return { trail, recorded: () => trail.recorded };
};
const sqsTrail: TrailUnderTest = () => {
  const { url, queue } = aws.queue();
  const found: AuditRecord[] = [];
  return {
    trail: sqsAuditTrail(aws.sqs, url),
    recorded: () => {
      for (let received = queue.receive(10); received.length > 0; received = queue.receive(10))
        found.push(...received.map(({ message }) => AuditRecord.parse(JSON.parse(message.body))));
      return found;
    },
  };
};

describe.each([
  ['in memory', memoryTrail],
  ['on SQS', sqsTrail],
])('AuditTrail %s', (_where, make) => {
  it.each([0, 1, 10, 23])('keeps %i records, each once', async (count) => {
    const { trail, recorded } = make();
    const records = Array.from({ length: count }, (_, n) => auditRecord(n + 10));
    await trail.record(records);
    const found = recorded().sort((one, other) => one.recordId.localeCompare(other.recordId));
    expect(found).toEqual(records);
  });
});

describe('AuditTrail on SQS', () => {
  it('sends together what is recorded in the same turn, or for as long as it is told', async () => {
    for (const closes of [undefined, () => wait(20)]) {
      const { url } = aws.queue();
      let calls = 0;
      const send = (command: never) => {
        calls += 1;
        return aws.sqs.send(command);
      };
      const counted = { send } as unknown as LocalAws['sqs'];
      const trail = sqsAuditTrail(counted, url, closes);
      await Promise.all(Array.from({ length: 10 }, (_, n) => trail.record([auditRecord(n)])));
      expect(calls).toBe(1);
    }
  });

  it('fails, to be tried again, when records are refused or the queue cannot be reached', async () => {
    const { url } = aws.queue({ MaximumMessageSize: '1024' });
    const tooLong = auditRecord(2, { actor: 'a'.repeat(1_024) });
    const failed = { code: 'queue.send_failed', retryable: true };
    await expect(sqsAuditTrail(aws.sqs, url).record([auditRecord(1), tooLong])).rejects.toMatchObject(failed);
    const nowhere = sqsAuditTrail(aws.sqs, `${aws.endpoint}/111111111111/none`);
    await expect(nowhere.record([auditRecord(1)])).rejects.toMatchObject(failed);
  });
});
