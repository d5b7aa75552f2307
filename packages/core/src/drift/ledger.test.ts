import { describe, expect, it } from 'vitest';
import { GROUP_ID, serverIds } from '../../../../tests/support/builders.ts';
import { memoryWorld } from '../../../../tests/support/memory-world.ts';
import { withBegun, withEnded } from './brakes.ts';
import { changeLedger } from './ledger.ts';

describe('changeLedger', () => {
  it('loses nothing of those who write at once', async () => {
    const { ledgers, now } = memoryWorld();
    await Promise.all(
      serverIds(5).map((id) => changeLedger(GROUP_ID, (ledger) => withBegun(ledger, id, now()), ledgers)),
    );
    const { begun = [] } = (await ledgers.get(GROUP_ID)) ?? {};
    expect(begun.map(({ instanceId }) => instanceId).toSorted()).toEqual(serverIds(5));
  });

  it('decides anew about what somebody else wrote', async () => {
    const { ledgers, now } = memoryWorld();
    const seen: number[] = [];
    let others = 1;
    const save: typeof ledgers.save = async (ledger) => {
      if (others > 0) {
        others -= 1;
        await changeLedger(GROUP_ID, (found) => withEnded(found, false, now()), ledgers);
      }
      return ledgers.save(ledger);
    };
    await changeLedger(
      GROUP_ID,
      (ledger) => {
        seen.push(ledger.ended.length);
        return ledger.ended.length === 0 ? withBegun(ledger, 'i-1', now()) : undefined;
      },
      { ...ledgers, save },
    );
    expect(seen).toEqual([0, 1]);
    expect(await ledgers.get(GROUP_ID)).toMatchObject({ begun: [], ended: [{ succeeded: false }] });
  });

  it('writes nothing where nothing is to be noted', async () => {
    const { ledgers } = memoryWorld();
    await changeLedger(GROUP_ID, () => undefined, ledgers);
    expect(await ledgers.get(GROUP_ID)).toBeUndefined();
  });
});
