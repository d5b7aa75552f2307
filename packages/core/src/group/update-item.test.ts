import { describe, expect, it } from 'vitest';
import { ContentionError } from '../errors.ts';
import { updateItem } from './update-item.ts';

describe('updateItem', () => {
  it('decides again on the newest item when somebody else wrote first', async () => {
    const stored = ['a', 'b', 'c'];
    let reads = 0;
    const written = await updateItem(
      'letter',
      async () => stored[reads++] ?? 'none',
      (letter) => `${letter}!`,
      async (letter) => letter === 'c!',
    );
    expect(written).toBe('c!');
  });

  it('writes nothing when there is nothing to write', async () => {
    const save = () => Promise.reject(new Error('written'));
    expect(
      await updateItem(
        'letter',
        async () => 'a',
        () => undefined,
        save,
      ),
    ).toBeUndefined();
  });

  it('gives up after ten attempts, to be tried again later', async () => {
    let attempts = 0;
    const update = updateItem(
      'group payments',
      async () => 'a',
      (letter) => letter,
      async () => {
        attempts += 1;
        return false;
      },
    );
    await expect(update).rejects.toThrow(ContentionError);
    await expect(update).rejects.toMatchObject({ code: 'store.contention', retryable: true });
    expect(attempts).toBe(10);
  });
});
