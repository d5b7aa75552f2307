import { parseArgs } from 'node:util';
import { DynamoDBClient, ResourceNotFoundException } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { ChainFinding, ChainReport } from '@prelaunch/core/audit/verify-chain';
import { verifyLog } from '@prelaunch/core/audit/verify-log';
import * as z from 'zod';
import { dynamoAuditLog } from './dynamo-audit-log.ts';

const USAGE = `Verifies the audit log: finds what was altered, removed, cut off or moved.

  --table NAME   the table, as in prelaunch-<stage>-AuditLog
  --from DAY     the first day to verify, as in 2026-01-31; without it, from the beginning
  --to DAY       the last day; without it, to the newest block
  --expect HASH  the hash of a block that you noted elsewhere: it has to be in the chain
  --json         one JSON object

AWS is reached as by the AWS CLI: credentials, AWS_REGION and AWS_ENDPOINT_URL come from the environment.
Exit status: 0 nothing was found, 1 something was, 2 the log could not be verified.
`;

const Options = z
  .object({
    table: z.string({ error: '--table is needed' }).min(3, '--table is needed'),
    from: z.iso.date({ error: '--from is a day such as 2026-01-31' }).optional(),
    to: z.iso.date({ error: '--to is a day such as 2026-01-31' }).optional(),
    expect: z
      .string()
      .regex(/^sha256:[0-9a-f]{64}$/, '--expect is sha256: and 64 hex digits')
      .optional(),
    json: z.boolean().default(false),
    help: z.boolean().default(false),
  })
  .refine(({ from = '', to = from }) => from <= to, '--from is a day after --to');

/** What a command prints and ends with. */
export interface Outcome {
  readonly exitCode: 0 | 1 | 2;
  readonly output: string;
}

/** The command line: verifies the log in a table. Never throws. */
export async function auditVerification(args: readonly string[]): Promise<Outcome> {
  if (args.includes('--help')) return { exitCode: 0, output: USAGE };
  let tableName = '';
  try {
    const { table, from, to, expect, json } = optionsOf(args);
    tableName = table;
    const client = DynamoDBDocumentClient.from(new DynamoDBClient({}));
    const report = await verifyLog({ from, to, expected: expect }, dynamoAuditLog(client, table));
    const output = json ? `${JSON.stringify({ table, ...report })}\n` : told(report, table);
    return { exitCode: report.findings.length === 0 ? 0 : 1, output };
  } catch (error) {
    return { exitCode: 2, output: `The audit log could not be verified: ${reasonOf(error, tableName)}\n` };
  }
}

function optionsOf(args: readonly string[]): z.output<typeof Options> {
  const text = { type: 'string' } as const;
  const options = { table: text, from: text, to: text, expect: text, json: { type: 'boolean' } } as const;
  return Options.parse(parseArgs({ args: [...args], options }).values);
}

function reasonOf(error: unknown, table: string): string {
  if (error instanceof z.ZodError) return error.issues.map(({ message }) => message).join('; ');
  if (error instanceof ResourceNotFoundException) return `there is no table ${table} there`;
  if (error instanceof Error && error.name === 'ValidationException')
    return `${table} is no audit log: ${error.message}`;
  if (error instanceof Error && error.message === 'Region is missing') return 'no Region is given: set AWS_REGION';
  return error instanceof Error ? error.message || error.name : String(error);
}

const SOUND = 'Nothing was altered, removed, cut off or moved.';

function told({ findings, days, blocks, records, newest }: ChainReport, table: string): string {
  const lines = [
    `Verified ${table}: ${blocks} blocks of ${days} days, ${records} records.`,
    ...(newest ? [`The newest block is ${newest.block} of ${newest.day}, ${newest.hash}`] : []),
    ...(findings.length > 0 ? findings.map(line) : [blocks > 0 ? SOUND : 'There was nothing to verify.']),
  ];
  return `${lines.join('\n')}\n`;
}

function line({ kind, day, block, recordId, expected, found }: ChainFinding): string {
  const record = recordId === undefined ? '' : `, record ${recordId}`;
  const place = day === undefined ? '' : ` in block ${block} of ${day}${record}`;
  return `${kind}${place}: expected ${expected}, found ${found}`;
}
