import type { AuditRecord } from '@prelaunch/contracts/audit';
import type { AuditBlocks, StoredBlock } from '@prelaunch/core/audit/ports';
import { type ChainReport, checkChain } from '@prelaunch/core/audit/verify-chain';
import { GROUP_ID, serverId } from './builders.ts';
import { AT } from './clock.ts';

/** The n-th of many records. */
export function auditRecord(n: number, stated: Partial<AuditRecord> = {}): AuditRecord {
  return {
    recordId: `record-${n}`,
    kind: 'write_begun',
    at: AT,
    actor: 'ops@example.com',
    action: 'UpdateLaunchConfiguration',
    groupId: GROUP_ID,
    serverId: serverId(n),
    result: 'begun',
    correlationId: 'c-1',
    ...stated,
  };
}

/** Everything that is stored, oldest first. */
export async function storedBlocks(log: AuditBlocks): Promise<StoredBlock[]> {
  const found: StoredBlock[] = [];
  for await (const day of log.days()) for await (const block of log.stored(day)) found.push(block);
  return found;
}

/** What verification says of the whole log. */
export async function verified(log: AuditBlocks): Promise<ChainReport> {
  const head = (await log.head()) ?? ('missing' as const);
  const check = checkChain('nothing');
  for (const block of await storedBlocks(log)) check.add(block);
  return check.end({ head });
}
