import * as z from 'zod';
import type { AuditHead } from './audit-block.ts';
import type { AuditBlocks } from './ports.ts';
import { type ChainReport, type ChainStart, checkChain } from './verify-chain.ts';

/** Which part of the log to verify: days, both inclusive. All of it where neither is given. */
export interface Range {
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  /** The hash of a block that was noted elsewhere, and has to be there. */
  readonly expected?: string | undefined;
}

/**
 * Reads the log and checks its chain. A part is held to the block before it and to the one behind it, so that a whole day that was
 * cut off shows there too.
 */
export async function verifyLog({ from, to, expected }: Range, blocks: AuditBlocks): Promise<ChainReport> {
  // Read first: while others append, the chain may grow beyond it.
  const head = await blocks.head();
  const check = checkChain(from === undefined ? 'nothing' : await blockBefore(from, blocks));
  for await (const day of blocks.days()) {
    if (from !== undefined && day < from) continue;
    const isBeyond = to !== undefined && day > to;
    let found = false;
    for await (const stored of blocks.stored(day)) {
      check.add(stored);
      found = true;
      if (isBeyond) break;
    }
    if (isBeyond && found) break;
  }
  return check.end({ head: headOf(head, { from, to }), expected });
}

/** The head says something about a part only when it is in it. */
function headOf(head: AuditHead | undefined, { from, to }: Range): AuditHead | 'missing' | undefined {
  if (!head) return to === undefined ? 'missing' : undefined;
  const isWithin = (from === undefined || head.day >= from) && (to === undefined || head.day <= to);
  return isWithin ? head : undefined;
}

async function blockBefore(day: string, blocks: AuditBlocks): Promise<ChainStart> {
  for (let before = day; ; ) {
    const [earlier] = await blocks.daysBefore(before, 1);
    if (earlier === undefined) return 'nothing';
    try {
      const [newest] = await blocks.newestFirst(earlier, { limit: 1 });
      if (newest) return newest;
    } catch (error) {
      // It belongs to a part that is not looked at now.
      if (error instanceof z.ZodError) return 'anything';
      throw error;
    }
    before = earlier;
  }
}
