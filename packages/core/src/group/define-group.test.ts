import { describe, expect, it } from 'vitest';
import { group, readyGroup, serverId } from '../../../../tests/support/builders.ts';
import { AT } from '../../../../tests/support/clock.ts';
import { type ChangeAuthor, definitionHash, deleted, redefined, regrouped, remainsOf } from './define-group.ts';

const PRODUCTION = { configurationId: 'production' };
const PINNED = { ...PRODUCTION, version: 3 };
const AUTHOR: ChangeAuthor = {
  ...{ by: 'alice@example.com', requestedBy: 'user:alice' },
  ...{ correlationId: 'c-9', changeToken: 'token', at: AT },
};

const inherits = { generation: 1, configuration: PRODUCTION, followed: [{ ...PRODUCTION, version: 1 }], revision: 1 };
const following = readyGroup({ configuration: PRODUCTION, inherits });

describe('what a group inherits from, in its definition', () => {
  it.each([
    ['names a first one', readyGroup(), PRODUCTION],
    ['names another one', following, { configurationId: 'other' }],
    ['pins what was followed', following, PINNED],
    ['follows what was pinned', readyGroup({ configuration: PINNED }), PRODUCTION],
  ])('is changed by a request that %s, which is to be planned', (_what, before, configuration) => {
    const next = redefined(before, { configuration }, AUTHOR);
    expect(next).toMatchObject({ configuration, generation: 2, plannedGeneration: 1 });
    expect(next?.launchConfigStatus.status).toBe('pending');
    expect(definitionHash(next)).not.toBe(definitionHash(before));
    expect(next?.changedFrom).toBe(definitionHash(before));
  });

  it('is taken away by null, and the group is to be planned', () => {
    const next = redefined(following, { configuration: null }, AUTHOR);
    expect(next).toMatchObject({ generation: 2, plannedGeneration: 1, inherits });
    expect(next).not.toHaveProperty('configuration');
  });

  it.each([
    ['says nothing of it', { name: 'New' }],
    ['adds servers', { serverIds: [serverId(1), serverId(2), serverId(3)] }],
  ])('stays when a request %s', (_what, stated) => {
    expect(redefined(following, stated, AUTHOR)?.configuration).toEqual(PRODUCTION);
    expect(regrouped(following, stated, AUTHOR)?.configuration).toEqual(PRODUCTION);
  });

  it.each([
    ['the same again', following, PRODUCTION],
    ['that there is none where there is none', readyGroup(), null],
  ])('is not changed by a request that says %s', (_what, before, configuration) => {
    expect(redefined(before, { configuration }, AUTHOR)).toBeUndefined();
  });

  it('does not change when only versions do: that is no change of the definition', () => {
    const brought = { ...following, inherits: { ...inherits, followed: [{ ...PRODUCTION, version: 9 }] } };
    expect(definitionHash(brought)).toBe(definitionHash(following));
    expect(definitionHash(group({ inherits }))).toBe(definitionHash(group()));
  });

  it('keeps what it was planned with when only what people read is changed', () => {
    const next = redefined(following, { name: 'New' }, AUTHOR);
    expect(next).toMatchObject({ generation: 2, plannedGeneration: 2, inherits });
    expect(next?.launchConfigStatus).toEqual(following.launchConfigStatus);
  });

  it('goes with the group', () => {
    const gone = deleted(following, AUTHOR);
    expect(gone).not.toHaveProperty('configuration');
    expect(remainsOf('payments', { ...gone, inherits }, AT)).not.toHaveProperty('inherits');
  });
});
