import { describe, expect, it, vi } from 'vitest';
import { hedged } from './hedged-reads.ts';

/** Sends that are answered or fail when the test says so. */
function sends() {
  const calls: PromiseWithResolvers<string>[] = [];
  const send = () => {
    const call = Promise.withResolvers<string>();
    calls.push(call);
    return call.promise;
  };
  return { calls, send };
}

describe('a hedged read', () => {
  it('is asked once when it is answered in time', async () => {
    const { calls, send } = sends();
    const answer = hedged(send, 60_000);
    calls[0]?.resolve('first');
    expect(await answer).toBe('first');
    expect(calls).toHaveLength(1);
  });

  it.each([
    [0, 'first'],
    [1, 'second'],
  ])('is asked again when it is late, and takes the answer that comes first: of try %i', async (nth, text) => {
    const { calls, send } = sends();
    const answer = hedged(send, 1);
    await vi.waitFor(() => expect(calls).toHaveLength(2));
    calls[nth]?.resolve(text);
    expect(await answer).toBe(text);
  });

  it('fails at once, without a second try, when the first fails in time', async () => {
    const { calls, send } = sends();
    const answer = hedged(send, 60_000);
    calls[0]?.reject(new Error('refused'));
    await expect(answer).rejects.toThrow('refused');
    expect(calls).toHaveLength(1);
  });

  it('lives through the failure of one try, and fails with the first one when both do', async () => {
    for (const lives of [0, 1]) {
      const { calls, send } = sends();
      const answer = hedged(send, 1);
      await vi.waitFor(() => expect(calls).toHaveLength(2));
      calls[1 - lives]?.reject(new Error('lost'));
      calls[lives]?.resolve('answered');
      expect(await answer).toBe('answered');
    }
    const { calls, send } = sends();
    const answer = hedged(send, 1);
    await vi.waitFor(() => expect(calls).toHaveLength(2));
    calls[1]?.reject(new Error('second'));
    calls[0]?.reject(new Error('first'));
    await expect(answer).rejects.toThrow('first');
  });
});
