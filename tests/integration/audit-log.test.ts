import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { DeleteCommand, PutCommand, QueryCommand } from '@aws-sdk/lib-dynamodb';
import { AuditBlock } from '@prelaunch/core/audit/audit-block';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type Pipeline, SETTINGS, startPipelineWithServers } from '../support/pipeline.ts';

const TABLE = 'prelaunch-local-AuditLog';

let pipeline: Pipeline;
let take: (some: number) => string[];
beforeAll(async () => {
  ({ pipeline, take } = await startPipelineWithServers(4));
});
afterAll(() => pipeline.stop());

/** The items of the days' chains, oldest first. */
async function items(): Promise<Record<string, unknown>[]> {
  const found: Record<string, unknown>[] = [];
  for (const { position: day } of await chain('days')) found.push(...(await chain(`day#${day}`)));
  return found;
}

async function chain(name: string): Promise<Record<string, unknown>[]> {
  const { Items = [] } = await pipeline.documents.send(
    new QueryCommand({
      TableName: TABLE,
      KeyConditionExpression: '#chain = :chain',
      ExpressionAttributeNames: { '#chain': 'chain' },
      ExpressionAttributeValues: { ':chain': name },
    }),
  );
  return Items;
}

async function records() {
  const blocks = (await items()).map(({ chain: _chain, position: _position, ...content }) => AuditBlock.parse(content));
  return blocks.flatMap((block) => block.records);
}

/** Runs the command as an operator does. */
async function verify(...args: readonly string[]): Promise<{ readonly code: number; readonly output: string }> {
  const { endpoint, region, credentials } = pipeline.runtime;
  const env = {
    ...process.env,
    AWS_ENDPOINT_URL: endpoint,
    AWS_REGION: region,
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
  };
  const command = ['packages/aws/src/bin/verify-audit-log.ts', '--table', TABLE, ...args];
  try {
    const { stdout } = await promisify(execFile)(process.execPath, command, { env });
    return { code: 0, output: stdout };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
    return { code, output: stdout + stderr };
  }
}

const put = (Item: Record<string, unknown>) => pipeline.documents.send(new PutCommand({ TableName: TABLE, Item }));

async function settledLog(count: number) {
  return vi.waitFor(
    async () => {
      const found = (await records()).filter(({ serverId }) => serverId !== undefined);
      expect(found.length).toBeGreaterThanOrEqual(count);
      return found;
    },
    { timeout: 30_000, interval: 100 },
  );
}

describe('the audit log', () => {
  it('has each write of a group change, begun and ended, and verifies', async () => {
    const servers = take(2);
    await pipeline.publish({ groupId: 'pg-audit', revision: 1, serverIds: servers, launchConfig: SETTINGS });
    await pipeline.settled('pg-audit', 1);
    const found = await settledLog(4);

    const hashes = new Map<string, unknown>();
    for (const id of servers) {
      const { applied } = (await pipeline.server(id)) as { readonly applied: { readonly hash: string } };
      hashes.set(id, applied.hash);
    }
    for (const id of servers) {
      const own = found.filter(({ serverId }) => serverId === id);
      expect(own.map(({ kind, result }) => [kind, result])).toEqual([
        ['write_begun', 'begun'],
        ['write_ended', 'done'],
      ]);
      for (const record of own)
        expect(record).toMatchObject({ groupId: 'pg-audit', actor: 'test.inventory', afterHash: hashes.get(id) });
      expect(own[1]?.action).toBe('UpdateLaunchConfiguration CreateLaunchTemplateVersion ModifyLaunchTemplate');
    }
    expect(await chain('group#pg-audit')).not.toEqual([]);
    expect(await chain('actor#test.inventory')).not.toEqual([]);
    await vi.waitFor(async () => expect(await pipeline.depth('audit')).toBe(0), { timeout: 10_000, interval: 50 });
    expect(await pipeline.depth('audit-dlq')).toBe(0);
    expect(await verify()).toMatchObject({ code: 0, output: expect.stringContaining('Nothing was altered') });
  });

  it('has nothing new where nothing had to be written', async () => {
    const before = await records();
    const forced = await pipeline.invoke({ operation: 'apply_launch_configs', groupId: 'pg-audit', force: true });
    expect(forced).toMatchObject({ status: 'ready' });
    await vi.waitFor(async () => expect(await pipeline.depth('audit')).toBe(0), { timeout: 10_000, interval: 50 });
    const ofServers = (all: Awaited<ReturnType<typeof records>>) =>
      all.filter(({ serverId }) => serverId !== undefined);
    expect(ofServers(await records())).toHaveLength(ofServers(before).length);
  });

  it('shows what somebody altered, put elsewhere or cut off', async () => {
    const [server = ''] = take(1);
    await pipeline.publish({ groupId: 'pg-more', revision: 1, serverIds: [server], launchConfig: SETTINGS });
    await pipeline.settled('pg-more', 1);
    await settledLog(6);
    await vi.waitFor(async () => expect(await pipeline.depth('audit')).toBe(0), { timeout: 10_000, interval: 50 });
    const all = await items();
    const [first, last] = [all[0] ?? {}, all.at(-1) ?? {}];
    const [record] = first.records as Record<string, unknown>[];

    await put({ ...first, records: [{ ...record, actor: 'nobody' }, ...(first.records as unknown[]).slice(1)] });
    const altered = await verify('--json');
    expect(altered.code).toBe(1);
    expect(JSON.parse(altered.output).findings).toContainEqual(
      expect.objectContaining({ kind: 'altered', block: 1, recordId: record?.recordId }),
    );
    await put(first);
    expect(await verify()).toMatchObject({ code: 0 });

    await put({ ...first, chain: last.chain, position: last.position });
    await put({ ...last, chain: first.chain, position: first.position });
    expect(await verify()).toMatchObject({ code: 1, output: expect.stringContaining('moved in block 1') });
    await put(first);
    await put(last);
    expect(await verify('--expect', String(first.hash))).toMatchObject({ code: 0 });

    const Key = { chain: last.chain, position: last.position };
    await pipeline.documents.send(new DeleteCommand({ TableName: TABLE, Key }));
    expect(await verify()).toMatchObject({ code: 1, output: expect.stringContaining('truncated') });
  });
});
