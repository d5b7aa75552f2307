import {
  BatchWriteCommand,
  type BatchWriteCommandInput,
  DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  QueryCommand,
} from '@aws-sdk/lib-dynamodb';
import { dynamoInstanceRecords, type InstanceRecords } from '@prelaunch/aws/dynamo-instance-records';
import type { Clock } from '@prelaunch/core/group/ports';
import { memoryInstanceRecords } from '@prelaunch/memory/memory-instance-records';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { serverId, serverIds } from '../support/builders.ts';
import { AT, after, fixedClock, HOUR_MS } from '../support/clock.ts';
import { baseline, driftEntry, groupAudit, instanceId, remediationLedger } from '../support/drift.ts';
import { type LocalAws, startLocalAws } from '../support/local-aws.ts';

let aws: LocalAws;
beforeAll(async () => {
  aws = await startLocalAws();
});
afterAll(() => aws.stop());

type UnderTest = (now: Clock) => Promise<InstanceRecords>;

const newTable = () => aws.table('subject', 'item');
const { now } = fixedClock();
const memory: UnderTest = async (clock) => memoryInstanceRecords(clock);
const dynamo: UnderTest = async (clock) => dynamoInstanceRecords(aws.documents, await newTable(), clock);

const SERVER = serverId(1);
const DAYS_90_MS = 90 * 24 * HOUR_MS;
const at = (ms: number) => after(ms).toISOString();

describe.each([
  ['in memory', memory],
  ['on DynamoDB', dynamo],
])('records of instances %s', (_where, make) => {
  describe('baselines', () => {
    it('are given back as they were captured, also what Prelaunch would refuse to write', async () => {
      const { baselines } = await make(now);
      const settings = {
        tags: { constructor: '', 'a.b': 'c' },
        securityGroupIds: ['sg-0a1b2c3d'],
        name: 'x'.repeat(200),
      };
      const full = baseline({ launchTemplateId: 'lt-0a1b2c3d', launchTemplateVersion: 7, settings });
      const bare = baseline({ instanceId: instanceId(1), settings: {} });
      await baselines.capture(full);
      await baselines.capture(bare);
      const found = await baselines.get([full, bare]);
      expect(found.get(SERVER)).toStrictEqual(full);
      expect(found.get(instanceId(1))).toStrictEqual(bare);
    });

    it('are told apart by version, and are the same when they are captured again', async () => {
      const { baselines } = await make(now);
      const versions = [1, 2, 10].map((version) => baseline({ version, generation: version }));
      for (const one of [...versions, ...versions]) await baselines.capture(one);
      for (const one of versions) expect((await baselines.get([one])).get(SERVER)).toStrictEqual(one);
      expect(await baselines.get([{ instanceId: SERVER, version: 3 }])).toEqual(new Map());
    });

    it('are found of many at once, those that exist', async () => {
      const { baselines } = await make(now);
      const all = serverIds(120).map((id, index) => baseline({ instanceId: id, version: index + 1 }));
      await Promise.all(all.map((one) => baselines.capture(one)));
      const others = [
        { instanceId: serverId(121), version: 1 },
        { instanceId: instanceId(1), version: 1 },
      ];
      const found = await baselines.get([...all, ...others, ...all]);
      expect([...found].sort(([one], [other]) => (one < other ? -1 : 1))).toEqual(
        all.map((one) => [one.instanceId, one]),
      );
      expect(await baselines.get([])).toEqual(new Map());
    });

    it('are not shared with who captured or read them', async () => {
      const { baselines } = await make(now);
      const tags: Record<string, string> = { Stage: 'prod' };
      const captured = baseline({ settings: { tags } });
      await baselines.capture(captured);
      tags.Stage = 'changed';
      Object.assign((await baselines.get([captured])).get(SERVER)?.settings ?? {}, { tenancy: 'host' });
      expect((await baselines.get([captured])).get(SERVER)?.settings).toEqual({ tags: { Stage: 'prod' } });
    });
  });

  describe('owners', () => {
    it('are those who were noted last, of each resource', async () => {
      const { owners } = await make(now);
      expect(await owners.ownerOf('lt-0a1b2c3d')).toBeUndefined();
      await owners.note('lt-0a1b2c3d', SERVER);
      await Promise.all([owners.note('eni-0a1b2c3d', instanceId(1)), owners.note('eni-0e5f6a7b', instanceId(2))]);
      expect(await owners.ownerOf('lt-0a1b2c3d')).toBe(SERVER);
      expect(await owners.ownerOf('eni-0a1b2c3d')).toBe(instanceId(1));
      await owners.note('eni-0a1b2c3d', instanceId(3));
      expect(await owners.ownerOf('eni-0a1b2c3d')).toBe(instanceId(3));
      expect(await owners.ownerOf('eni-0e5f6a7b')).toBe(instanceId(2));
    });
  });

  describe('history', () => {
    it('is told newest first, no more than is asked for, of one instance', async () => {
      const { history } = await make(now);
      expect(await history.newest(SERVER, 10)).toEqual([]);
      const entries = [3, 1, 4, 2, 5].map((hours) => driftEntry({ at: at(-hours * HOUR_MS), detail: `${hours} ago` }));
      for (const entry of entries) await history.add(SERVER, entry);
      await history.add(serverId(2), driftEntry({ at: at(-1), event: 'baseline', score: null, actor: 'alice' }));
      expect((await history.newest(SERVER, 10)).map(({ detail }) => detail)).toEqual(
        [1, 2, 3, 4, 5].map((hours) => `${hours} ago`),
      );
      expect((await history.newest(SERVER, 2)).map(({ detail }) => detail)).toEqual(['1 ago', '2 ago']);
      expect(await history.newest(SERVER, 1)).toStrictEqual([entries[1]]);
    });

    it('keeps all that happened at one millisecond, and what is told again once', async () => {
      const { history } = await make(now);
      const entries = [
        driftEntry(),
        driftEntry({ event: 'baseline' }),
        driftEntry({ event: 'remediation', detail: 'begun' }),
        driftEntry({ event: 'remediation', detail: 'done' }),
        driftEntry({ keys: [] }),
        driftEntry({ at: at(1) }),
      ];
      await Promise.all(entries.map((entry) => history.add(SERVER, entry)));
      for (const entry of entries) await history.add(SERVER, entry);
      const found = await history.newest(SERVER, 100);
      expect(found).toHaveLength(entries.length);
      expect(found).toEqual(expect.arrayContaining(entries));
      expect(found[0]).toEqual(entries.at(-1));
    });

    it('forgets after 90 days', async () => {
      const clock = fixedClock();
      const { history } = await make(clock.now);
      await history.add(SERVER, driftEntry());
      await history.add(SERVER, driftEntry({ at: at(1_000) }));
      clock.advance(DAYS_90_MS - 1);
      expect(await history.newest(SERVER, 10)).toHaveLength(2);
      clock.advance(1);
      expect(await history.newest(SERVER, 10)).toEqual([driftEntry({ at: at(1_000) })]);
      clock.advance(1_000);
      expect(await history.newest(SERVER, 10)).toEqual([]);
    });
  });

  describe('audits of groups', () => {
    it('are the newest, whoever comes last', async () => {
      const { audits } = await make(now);
      expect(await audits.get('payments')).toBeUndefined();
      await audits.put(groupAudit({ auditId: 'first', highestScore: null }));
      expect(await audits.get('payments')).toStrictEqual(groupAudit({ auditId: 'first', highestScore: null }));
      await audits.put(groupAudit({ auditId: 'newer', at: at(1) }));
      await audits.put(groupAudit({ auditId: 'older', at: at(-1) }));
      expect(await audits.get('payments')).toStrictEqual(groupAudit({ auditId: 'newer', at: at(1) }));
      await audits.put(groupAudit({ auditId: 'as new', at: at(1) }));
      expect((await audits.get('payments'))?.auditId).toBe('as new');
      await audits.put(groupAudit({ groupId: 'constructor', auditId: 'other' }));
      expect((await audits.get('payments'))?.auditId).toBe('as new');
      expect((await audits.get('constructor'))?.auditId).toBe('other');
    });
  });

  describe('ledgers', () => {
    const ledger = remediationLedger({
      begun: [{ instanceId: SERVER, at: AT }],
      ended: [{ at: AT, succeeded: true }],
    });

    it('are given back as they were saved, one version on, beside the audit of the group', async () => {
      const { ledgers, audits } = await make(now);
      expect(await ledgers.get('payments')).toBeUndefined();
      expect(await ledgers.save(ledger)).toBe(true);
      await audits.put(groupAudit());
      expect(await ledgers.get('payments')).toStrictEqual({ ...ledger, version: 1 });
      expect(await ledgers.get('other')).toBeUndefined();
    });

    it('are written only by who read them last, and by one of many at the same time', async () => {
      const { ledgers } = await make(now);
      expect(await ledgers.save({ ...ledger, version: 1 })).toBe(false);
      await ledgers.save(ledger);
      expect(await ledgers.save(ledger)).toBe(false);
      const racing = serverIds(8).map((id) => ({ ...ledger, begun: [{ instanceId: id, at: AT }], version: 1 }));
      const won = await Promise.all(racing.map((one) => ledgers.save(one)));
      expect(won.filter(Boolean)).toHaveLength(1);
      expect(await ledgers.get('payments')).toEqual({ ...racing[won.indexOf(true)], version: 2 });
    });

    it('hold as many as a ledger remembers', async () => {
      const { ledgers } = await make(now);
      const begun = serverIds(5_000).map((id) => ({ instanceId: id, at: AT }));
      const ended = Array.from({ length: 100 }, () => ({ at: AT, succeeded: false }));
      await ledgers.save({ ...ledger, begun, ended });
      expect(await ledgers.get('payments')).toEqual({ ...ledger, begun, ended, version: 1 });
    });
  });
});

type Send = DynamoDBDocumentClient['send'];
type AnyCommand = Parameters<Send>[0];

/** A client of the tables with something around its calls. */
function clientAround(around: (command: AnyCommand, send: Send) => Promise<unknown>): DynamoDBDocumentClient {
  const documents = DynamoDBDocumentClient.from(aws.dynamo, { marshallOptions: { removeUndefinedValues: true } });
  const send: Send = documents.send.bind(documents);
  return Object.assign(documents, { send: (command: AnyCommand) => around(command, send) });
}

/** How many puts each batch has. */
const sizesOf = (batches: readonly BatchWriteCommandInput[]) =>
  batches.map(({ RequestItems = {} }) => Object.values(RequestItems).flat().length);

/** Writes only so many items of a batch at a time, as DynamoDB does when it has much to do. */
function busyClient(itemsAtOnce: number) {
  const batches: BatchWriteCommandInput[] = [];
  const client = clientAround(async (command, send) => {
    if (!(command instanceof BatchWriteCommand)) return send(command);
    batches.push(command.input);
    const [[name, puts = []] = ['', []]] = Object.entries(command.input.RequestItems ?? {});
    const [written, left] = [puts.slice(0, itemsAtOnce), puts.slice(itemsAtOnce)];
    await send(new BatchWriteCommand({ RequestItems: { [name]: written } }));
    return { UnprocessedItems: left.length > 0 ? { [name]: left } : {} };
  });
  return { client, batches };
}

describe('records of instances on DynamoDB', () => {
  it('stand under what they are about', async () => {
    const TableName = await newTable();
    const { baselines, owners, history, audits, ledgers } = dynamoInstanceRecords(aws.documents, TableName, now);
    await baselines.capture(baseline({ version: 7 }));
    await owners.note('lt-0a1b2c3d', SERVER);
    await history.add(SERVER, driftEntry({ at: '2026-03-01T12:00:00Z' }));
    await audits.put(groupAudit());
    await ledgers.save(remediationLedger());
    const itemsUnder = async (subject: string) => {
      const { Items = [] } = await aws.documents.send(
        new QueryCommand({
          TableName,
          KeyConditionExpression: 'subject = :subject',
          ExpressionAttributeValues: { ':subject': subject },
        }),
      );
      return Items;
    };
    expect(await itemsUnder(SERVER)).toMatchObject([
      { item: 'baseline#00000007', generation: 1 },
      {
        item: expect.stringMatching(/^history#2026-03-01T12:00:00\.000Z#audit#[0-9a-f]{12}$/),
        expiresAt: Date.parse('2026-05-30T12:00:00Z') / 1000,
      },
    ]);
    expect(await itemsUnder('resource#lt-0a1b2c3d')).toMatchObject([{ item: 'owner', instanceId: SERVER }]);
    expect(await itemsUnder('group#payments')).toMatchObject([{ item: 'audit' }, { item: 'remediation', version: 1 }]);
  });

  it('are few calls when they come together, each key once', async () => {
    const { client, batches } = busyClient(25);
    const { baselines, owners, history } = dynamoInstanceRecords(client, await newTable(), now);
    const ids = serverIds(10);
    const verified = async (id: string, n: number) => {
      await Promise.all([
        baselines.capture(baseline({ instanceId: id })),
        owners.note(`lt-${n}`, id),
        history.add(id, driftEntry({ event: 'baseline' })),
      ]);
    };
    // The same message may be there twice.
    await Promise.all([...ids, ...ids].map((id, n) => verified(id, n % ids.length)));
    expect(sizesOf(batches)).toEqual([25, 5]);
    expect((await baselines.get(ids.map((id) => ({ instanceId: id, version: 1 })))).size).toBe(10);
    expect(await Promise.all(ids.map((_, n) => owners.ownerOf(`lt-${n}`)))).toEqual(ids);
    await baselines.capture(baseline());
    expect(sizesOf(batches)).toEqual([25, 5, 1]);
  });

  it('are written again where DynamoDB left them unwritten, and not taken for written when it does so for good', async () => {
    const TableName = await newTable();
    const capture = (client: DynamoDBDocumentClient, count: number) => {
      const { baselines } = dynamoInstanceRecords(client, TableName, now);
      return Promise.all(serverIds(count).map((id) => baselines.capture(baseline({ instanceId: id }))));
    };
    const busy = busyClient(4);
    await capture(busy.client, 20);
    expect(sizesOf(busy.batches)).toEqual([20, 16, 12, 8, 4]);
    const { baselines } = dynamoInstanceRecords(aws.documents, TableName, now);
    const refs = serverIds(20).map((id) => ({ instanceId: id, version: 1 }));
    expect((await baselines.get(refs)).size).toBe(20);
    await expect(capture(busyClient(3).client, 20)).rejects.toMatchObject({ code: 'store.busy', retryable: true });
  });

  it('are told although they are more than a page', async () => {
    const { history } = await dynamo(now);
    const detail = 'x'.repeat(300_000);
    for (const n of [1, 2, 3, 4, 5]) await history.add(SERVER, driftEntry({ at: at(n), detail }));
    expect((await history.newest(SERVER, 5)).map((entry) => entry.at)).toEqual([5, 4, 3, 2, 1].map(at));
  });

  it('keep attributes of a newer version when an older one writes a ledger back', async () => {
    const TableName = await newTable();
    const { ledgers } = dynamoInstanceRecords(aws.documents, TableName, now);
    const key = { subject: 'group#payments', item: 'remediation' };
    const stored = { ...remediationLedger({ version: 1 }), ...key, fromTheFuture: { x: 1 } };
    await aws.documents.send(new PutCommand({ TableName, Item: stored }));
    await ledgers.save((await ledgers.get('payments')) ?? remediationLedger());
    const { Item } = await aws.documents.send(new GetCommand({ TableName, Key: key }));
    expect(Item).toEqual({ ...stored, version: 2 });
  });

  it('are refused where they are not what they should be', async () => {
    const TableName = await newTable();
    const records = dynamoInstanceRecords(aws.documents, TableName, now);
    const put = (Item: Record<string, unknown>) => aws.documents.send(new PutCommand({ TableName, Item }));
    await put({ subject: SERVER, item: 'baseline#00000001', instanceId: SERVER });
    await put({ subject: SERVER, item: 'history#2026', expiresAt: 4_000_000_000 });
    await put({ subject: 'resource#lt-1', item: 'owner' });
    await put({ subject: 'group#payments', item: 'audit', groupId: 'payments' });
    await put({ subject: 'group#payments', item: 'remediation', version: 1 });
    await expect(records.baselines.get([{ instanceId: SERVER, version: 1 }])).rejects.toThrow();
    await expect(records.history.newest(SERVER, 1)).rejects.toThrow();
    await expect(records.owners.ownerOf('lt-1')).rejects.toThrow();
    await expect(records.audits.get('payments')).rejects.toThrow();
    await expect(records.ledgers.get('payments')).rejects.toThrow();
  });

  it('are not taken for written when the table fails', async () => {
    const { baselines, owners, audits, ledgers } = dynamoInstanceRecords(aws.documents, 'no-such-table', now);
    const missing = { name: 'ResourceNotFoundException' };
    const together = await Promise.allSettled([baselines.capture(baseline()), owners.note('lt-1', SERVER)]);
    expect(together).toMatchObject([
      { status: 'rejected', reason: missing },
      { status: 'rejected', reason: missing },
    ]);
    await expect(audits.put(groupAudit())).rejects.toMatchObject(missing);
    await expect(ledgers.save(remediationLedger())).rejects.toMatchObject(missing);
  });
});
