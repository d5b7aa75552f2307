import { DeleteCommand, GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { appendRecords } from '@prelaunch/core/audit/append-records';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { auditRecord } from '../../../tests/support/audit.ts';
import { HOUR_MS, after as later } from '../../../tests/support/clock.ts';
import { type LocalAws, startLocalAws } from '../../../tests/support/local-aws.ts';
import { auditVerification } from './audit-verification.ts';
import { dynamoAuditLog } from './dynamo-audit-log.ts';

let aws: LocalAws;
let table: string;
beforeAll(async () => {
  aws = await startLocalAws();
});
afterAll(() => aws.stop());

/** Three days with four blocks each, and one that closes them. */
beforeEach(async () => {
  table = await aws.table('chain', 'position');
  const blocks = dynamoAuditLog(aws.documents, table);
  for (let n = 0; n < 12; n += 1)
    await appendRecords({ records: [auditRecord(n)] }, { blocks, now: () => later((n * 6 - 12) * HOUR_MS) });
});

const keyOf = (day: string, block: number) => ({ chain: `day#${day}`, position: String(block).padStart(9, '0') });

async function itemAt(day: string, block: number): Promise<Record<string, unknown>> {
  const { Item } = await aws.documents.send(new GetCommand({ TableName: table, Key: keyOf(day, block) }));
  return Item ?? expect.fail('no such block');
}

const put = (Item: Record<string, unknown>) => aws.documents.send(new PutCommand({ TableName: table, Item }));
const remove = (day: string, block: number) =>
  aws.documents.send(new DeleteCommand({ TableName: table, Key: keyOf(day, block) }));
const verify = (...args: string[]) => auditVerification(['--table', table, ...args]);

describe('audit:verify', () => {
  it('says what it verified, and that nothing was found', async () => {
    const { hash } = await itemAt('2026-03-03', 4);
    expect(await verify('--expect', String((await itemAt('2026-03-02', 2)).hash))).toEqual({
      exitCode: 0,
      output: [
        `Verified ${table}: 14 blocks of 3 days, 12 records.`,
        `The newest block is 4 of 2026-03-03, ${hash}`,
        'Nothing was altered, removed, cut off or moved.',
        '',
      ].join('\n'),
    });
    const { exitCode, output } = await verify('--json');
    expect(exitCode).toBe(0);
    expect(JSON.parse(output)).toMatchObject({ table, findings: [], blocks: 14, newest: { hash } });
  });

  it.each([
    ['--from', '2026-03-02'],
    ['--to', '2026-03-01'],
    ['--from', '2026-03-02', '--to', '2026-03-02'],
    ['--from', '2027-01-01'],
    ['--to', '2020-01-01'],
  ])('verifies a part: %s %s %s %s', async (...args) => {
    expect(await verify(...args)).toMatchObject({ exitCode: 0 });
  });

  it('names a record that was altered', async () => {
    const item = await itemAt('2026-03-02', 2);
    const [record] = item.records as Record<string, unknown>[];
    await put({ ...item, records: [{ ...record, actor: 'somebody else' }] });
    const { exitCode, output } = await verify();
    expect(exitCode).toBe(1);
    expect(output).toMatch(
      /^altered in block 2 of 2026-03-02, record record-5: expected sha256:\w+, found sha256:\w+$/m,
    );
    expect(output).not.toContain('Nothing');
    expect(await verify('--from', '2026-03-03')).toMatchObject({ exitCode: 0 });
  });

  it('finds what was cut off, in the end and of a part', async () => {
    await remove('2026-03-03', 4);
    expect((await verify()).output).toContain('truncated in block 4 of 2026-03-03: expected block 4 of 2026-03-03');
    expect(await verify('--to', '2026-03-02')).toMatchObject({ exitCode: 0 });
    await remove('2026-03-02', 5);
    expect((await verify('--to', '2026-03-02')).output).toContain('broken_link in block 1 of 2026-03-03');
    expect((await verify('--from', '2026-03-03')).output).toContain('broken_link in block 1 of 2026-03-03');
  });

  it('finds blocks that changed places, and a hash that is not there', async () => {
    const [one, other] = [await itemAt('2026-03-02', 2), await itemAt('2026-03-02', 3)];
    await put({ ...one, ...keyOf('2026-03-02', 3) });
    await put({ ...other, ...keyOf('2026-03-02', 2) });
    expect((await verify()).output).toContain(
      'moved in block 2 of 2026-03-02: expected 2026-03-02 2, found 2026-03-02 3',
    );
    const noted = `sha256:${'0'.repeat(64)}`;
    expect((await verify('--expect', noted)).output).toContain(`expected_not_found: expected ${noted}`);
  });

  it('goes on where the block before a part cannot be read', async () => {
    await put({ ...keyOf('2026-03-02', 5), nonsense: true });
    expect(await verify('--from', '2026-03-03')).toMatchObject({ exitCode: 0 });
    expect((await verify()).output).toContain('unreadable in block 5 of 2026-03-02');
  });

  it('verifies a log with nothing in it', async () => {
    const empty = await aws.table('chain', 'position');
    expect(await auditVerification(['--table', empty])).toMatchObject({ exitCode: 0 });
  });

  it.each([
    [[], '--table is needed'],
    [['--table', 'abc', '--from', 'yesterday'], '--from is a day such as 2026-01-31'],
    [['--table', 'abc', '--expect', 'x'], '--expect is sha256: and 64 hex digits'],
    [['--odd'], "Unknown option '--odd'"],
    [['--table', 'no-such-table'], 'could not be verified'],
  ])('ends with 2 and says why where it cannot verify: %j', async (args, reason) => {
    const { exitCode, output } = await auditVerification(args);
    expect(exitCode).toBe(2);
    expect(output).toContain(reason);
  });

  it('does not call sound what it has not seen', async () => {
    const later = await verify('--from', '2030-01-01');
    expect(later).toMatchObject({ exitCode: 0, output: expect.stringContaining('There was nothing to verify.') });
    expect(later.output).not.toContain('Nothing was altered');
  });

  it.each([
    ['days in the wrong order', ['--from', '2026-02-01', '--to', '2026-01-31'], '--from is a day after --to'],
    ['a table that is not there', ['--table', 'prelaunch-none-AuditLog'], 'no table prelaunch-none-AuditLog'],
  ])('cannot verify %s, and says so', async (_what, args, reason) => {
    expect(await verify(...args)).toMatchObject({ exitCode: 2, output: expect.stringContaining(reason) });
  });

  it('takes no other table for a log', async () => {
    const other = await aws.table('groupId');
    const outcome = await verify('--table', other);
    expect(outcome).toMatchObject({ exitCode: 2, output: expect.stringContaining(`${other} is no audit log`) });
  });

  it('explains itself', async () => {
    expect(await auditVerification(['--help'])).toMatchObject({
      exitCode: 0,
      output: expect.stringContaining('--expect'),
    });
  });
});
