import { describe, expect, it } from 'vitest';
import { gathered } from './gathered.ts';

function underTest() {
  const closings: PromiseWithResolvers<void>[] = [];
  const batches: string[][] = [];
  const closes = () => {
    const closing = Promise.withResolvers<void>();
    closings.push(closing);
    return closing.promise;
  };
  const ask = gathered<string, string>(closes, async (questions) => {
    batches.push([...questions]);
    if (questions.includes('broken')) throw new Error('no answers');
    return (question) => (question === 'bad' ? Promise.reject(new Error('no answer')) : `${question}!`);
  });
  return { ask, batches, close: (nth: number) => closings[nth]?.resolve() };
}

describe('gathered', () => {
  it('answers those who came by the end together, each their own', async () => {
    const { ask, batches, close } = underTest();
    const answers = Promise.all([ask('a'), ask('b')]);
    expect(batches).toEqual([]);
    close(0);
    expect(await answers).toEqual(['a!', 'b!']);
    expect(batches).toEqual([['a', 'b']]);
  });

  it('opens another gathering for those who come later, whether or not the first was answered', async () => {
    const { ask, batches, close } = underTest();
    const first = ask('a');
    close(0);
    await Promise.resolve();
    const second = ask('b');
    close(1);
    expect(await Promise.all([first, second])).toEqual(['a!', 'b!']);
    expect(batches).toEqual([['a'], ['b']]);
  });

  it('leaves a failure of one to the one who asked, and a failure of all to all, and goes on', async () => {
    const { ask, close } = underTest();
    const some = Promise.allSettled([ask('a'), ask('bad')]);
    close(0);
    expect((await some).map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
    const none = Promise.allSettled([ask('a'), ask('broken')]);
    close(1);
    expect((await none).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    const again = ask('c');
    close(2);
    expect(await again).toBe('c!');
  });
});
