import { describe, expect, it } from 'vitest';
import { failedMessages } from './failed-messages.ts';

const ids = ['a', 'b', 'c'];

function answered(answer: unknown) {
  return [...failedMessages({ kind: 'answered', requestId: 'r', payload: JSON.stringify(answer) }, ids)];
}

describe('failedMessages', () => {
  it.each([
    ['null', null],
    ['an empty object', {}],
    ['no list', { batchItemFailures: null }],
    ['an empty list', { batchItemFailures: [] }],
    ['something else', 'done'],
  ])('is full success when the function answers %s', (_sentence, answer) => {
    expect(answered(answer)).toEqual([]);
  });

  it('names the failed messages only', () => {
    expect(answered({ batchItemFailures: [{ itemIdentifier: 'b' }] })).toEqual(['b']);
  });

  it.each([
    ['an id that was not in the batch', [{ itemIdentifier: 'a' }, { itemIdentifier: 'x' }]],
    ['an empty id', [{ itemIdentifier: '' }]],
    ['an id that is null', [{ itemIdentifier: null }]],
    ['a misspelt key', [{ itemidentifier: 'a' }]],
    ['no list', 'a'],
  ])('fails the whole batch for %s', (_sentence, batchItemFailures) => {
    expect(answered({ batchItemFailures })).toEqual(ids);
  });

  it('fails the whole batch when the function failed', () => {
    const error = { errorType: 'Sandbox.Timedout', errorMessage: 'x' };
    expect([...failedMessages({ kind: 'failed', requestId: 'r', error }, ids)]).toEqual(ids);
  });
});
