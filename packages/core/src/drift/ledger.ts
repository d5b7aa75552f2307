import { updateItem } from '../group/update-item.ts';
import { emptyLedger, type RemediationLedger } from './brakes.ts';
import type { LedgerStore } from './ports.ts';

/** Changes what is noted of a group's remediations. `change` is pure and answers undefined to leave it. */
export async function changeLedger(
  groupId: string,
  change: (ledger: RemediationLedger) => RemediationLedger | undefined,
  ledgers: LedgerStore,
): Promise<void> {
  await updateItem(
    `remediations of ${groupId}`,
    async () => (await ledgers.get(groupId)) ?? emptyLedger(groupId),
    change,
    (ledger) => ledgers.save(ledger),
  );
}
