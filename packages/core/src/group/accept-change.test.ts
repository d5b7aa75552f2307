import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { change, group, launchSettings, serverId, serverIds, statusError } from '../../../../tests/support/builders.ts';
import { acceptChange, type Change, demandReapply } from './accept-change.ts';
import type { Group } from './group.ts';

/** Accepts what is newer, one after another, as the stored item would move. */
function acceptAll(changes: readonly Change[], stored?: Group): Group | undefined {
  return changes.reduce<Group | undefined>((before, next) => acceptChange(before, next) ?? before, stored);
}

function codes({ definitionErrors }: Group | undefined = group()): string[] {
  return definitionErrors.map(({ code }) => code);
}

describe('acceptChange', () => {
  it('takes the first change of a group as its first generation, to be planned', () => {
    const accepted = acceptChange(undefined, change({ revision: 7 }));
    expect(accepted).toMatchObject({
      groupId: 'payments',
      revision: 7,
      generation: 1,
      plannedGeneration: 0,
      reapply: 'changed',
      serverIds: serverIds(2),
      releasing: [],
      definitionErrors: [],
      changedBy: 'upstream',
      correlationId: 'c-1',
      version: 0,
      launchConfigStatus: { status: 'pending', appliedBy: 'upstream', statusRevision: 1 },
    });
  });

  it('takes a newer revision as the next generation and makes the group pending', () => {
    const stored = group({ revision: 3, generation: 5, plannedGeneration: 5, version: 9 });
    const accepted = acceptChange(stored, change({ revision: 4, name: 'New' }));
    expect(accepted).toMatchObject({ name: 'New', revision: 4, generation: 6, plannedGeneration: 5, version: 9 });
    expect(accepted?.launchConfigStatus.status).toBe('pending');
  });

  it.each([
    ['the same', 3],
    ['an older', 2],
  ])('changes nothing for %s revision, whatever it says', (_what, revision) => {
    const stored = group({ revision: 3 });
    expect(acceptChange(stored, change({ revision, name: 'Other', serverIds: [] }))).toBeUndefined();
    expect(acceptChange(stored, change({ revision }, 'deleted'))).toBeUndefined();
  });

  it('keeps a tombstone of a deleted group, releasing its servers, so that an older event cannot bring it back', () => {
    const deleted = acceptChange(group({ revision: 3 }), change({ revision: 5 }, 'deleted'));
    expect(deleted).toMatchObject({
      deletedAt: expect.any(String),
      serverIds: [],
      releasing: serverIds(2),
      serverOverrides: {},
    });
    expect(deleted).not.toHaveProperty('launchConfig');
    expect(acceptChange(deleted, change({ revision: 4 }))).toBeUndefined();
  });

  it('brings a deleted group back with a newer revision', () => {
    const deleted = acceptChange(undefined, change({ revision: 5 }, 'deleted'));
    const back = acceptChange(deleted, change({ revision: 6 }));
    expect(back).toMatchObject({ serverIds: serverIds(2), generation: 2 });
    expect(back).not.toHaveProperty('deletedAt');
  });

  it('releases members that are gone, and those that still wait to be released, but not those that came back', () => {
    const stored = group({ serverIds: serverIds(3), releasing: [serverId(8), serverId(9)] });
    const accepted = acceptChange(stored, change({ revision: 2, serverIds: [serverId(2), serverId(9)] }));
    expect(accepted?.releasing).toEqual([serverId(1), serverId(3), serverId(8)]);
  });

  it('names entries that are no server ids by their place, and goes on with the others', () => {
    const bad = ['s-short', 5, null, { id: serverId(3) }];
    const accepted = acceptChange(undefined, change({ serverIds: [serverId(1), ...bad, serverId(1), serverId(2)] }));
    expect(accepted?.serverIds).toEqual(serverIds(2));
    expect(accepted?.definitionErrors.map(({ code, path, value }) => [code, path, value])).toEqual(
      bad.map((value, index) => ['group.invalid_server_id', `serverIds.${index + 1}`, value]),
    );
  });

  it('names overrides for servers that are not in the group, and keeps the others', () => {
    const serverOverrides = { [serverId(1)]: { name: 'own' }, [serverId(9)]: { name: 'strange' } };
    const accepted = acceptChange(undefined, change({ serverOverrides }));
    expect(accepted?.serverOverrides).toEqual({ [serverId(1)]: { name: 'own' } });
    expect(accepted?.definitionErrors).toMatchObject([
      { code: 'group.override_of_stranger', path: `serverOverrides.${serverId(9)}` },
    ]);
  });

  it('says that a group has no servers', () => {
    expect(codes(acceptChange(undefined, change({ serverIds: [] })))).toEqual(['group.empty']);
  });

  it('keeps no secret, and nothing that a table cannot hold, of settings that will be refused', () => {
    const launchConfig = { userData: 'aGlkZGVu', copyTags: true, metadataOptions: { httpPutResponseHopLimit: 1e20 } };
    const accepted = acceptChange(
      undefined,
      change({ launchConfig, serverOverrides: { [serverId(1)]: { apiKey: 'k' } } }),
    );
    expect(accepted?.launchConfig).toEqual({
      userData: '[redacted]',
      copyTags: true,
      metadataOptions: { httpPutResponseHopLimit: '100000000000000000000' },
    });
    expect(accepted?.serverOverrides).toEqual({ [serverId(1)]: { apiKey: '[redacted]' } });
  });

  it('keeps settings that are allowed as they are, whatever their tags are called', () => {
    const launchConfig = { tags: { 'token-owner': 'team' } };
    expect(acceptChange(undefined, change({ launchConfig }))?.launchConfig).toEqual(launchConfig);
  });

  it('forgets the refusal of an earlier event, where servers were held, and what was wrong with the definition', () => {
    const stored = group({
      refusal: statusError({ code: 'event.refused' }),
      heldElsewhere: [statusError()],
      definitionErrors: [statusError()],
    });
    const accepted = acceptChange(stored, change({ revision: 2 }));
    expect(accepted).not.toHaveProperty('refusal');
    expect(accepted).toMatchObject({ heldElsewhere: [], definitionErrors: [] });
  });

  it('forgets the settings that a newer definition does not state', () => {
    const { launchConfig: _none, ...definition } = change({ revision: 2 }).group;
    const accepted = acceptChange(group(), { ...change(), group: definition });
    expect(accepted).not.toHaveProperty('launchConfig');
  });

  describe('of a group that inherits', () => {
    const production = { configurationId: 'production', version: 3 };
    const inherits = { generation: 1, configuration: production, followed: [], revision: 4 };
    const stored = group({ configuration: production, inherits });

    it('keeps what it inherits from when its publisher says nothing of that', () => {
      expect(acceptChange(stored, change({ revision: 2, name: 'New' }))?.configuration).toEqual(production);
    });

    it('takes what its publisher says instead, or takes it away', () => {
      const other = { configurationId: 'other' };
      expect(acceptChange(stored, change({ revision: 2, configuration: other }))?.configuration).toEqual(other);
      expect(acceptChange(stored, change({ revision: 2, configuration: null }))).not.toHaveProperty('configuration');
    });

    it('keeps what it was planned with until it is planned anew', () => {
      const accepted = acceptChange(stored, change({ revision: 2, configuration: null }));
      expect(accepted).toMatchObject({ generation: 2, inherits });
    });

    it('does not inherit any more when it is deleted, nor when it comes back', () => {
      const deleted = acceptChange(stored, change({ revision: 2, configuration: production }, 'deleted'));
      expect(deleted).not.toHaveProperty('configuration');
      expect(acceptChange(deleted, change({ revision: 3 }))).not.toHaveProperty('configuration');
    });
  });

  it('keeps asking for what an unplanned demand asked for', () => {
    const demanded = demandReapply(group(), 'all', { by: 'operator', correlationId: 'c-2', at: change().at });
    expect(acceptChange(demanded, change({ revision: 2 }))?.reapply).toBe('all');
    expect(acceptChange({ ...demanded, plannedGeneration: 2 }, change({ revision: 2 }))?.reapply).toBe('changed');
  });

  it.each([
    ['entries that are no server ids', change({ serverIds: Array.from({ length: 5_000 }, () => 'bad') })],
    [
      'overrides of strangers',
      change({ serverOverrides: Object.fromEntries(serverIds(4_000, 100).map((id) => [id, {}])) }),
    ],
    ['letters of three bytes', change({ launchConfig: { name: '漢'.repeat(240_000) } })],
    ['servers', change({ serverIds: serverIds(5_000) })],
  ])('keeps an item that DynamoDB takes, below 400 KB, however many %s a definition has', (_what, large) => {
    const accepted = acceptChange(undefined, large);
    expect(Buffer.byteLength(JSON.stringify(accepted))).toBeLessThan(400 * 1024);
  });

  it('ends in the state of the newest revision, in whatever order and however often events arrive', () => {
    const event = fc
      .record({
        revision: fc.integer({ min: 0, max: 6 }),
        serverIds: fc.subarray([...serverIds(4), 'bad']),
        name: fc.constantFrom('A', 'B'),
        deleted: fc.boolean(),
      })
      .map(({ deleted, ...stated }) =>
        change({ ...stated, launchConfig: launchSettings() }, deleted ? 'deleted' : 'updated'),
      );
    const eventsOfOneGroup = fc.uniqueArray(event, { selector: ({ group }) => group.revision, minLength: 1 });
    const arrivals = eventsOfOneGroup.chain((events) =>
      fc
        .array(fc.constantFrom(...events), { maxLength: 12 })
        .chain((again) => fc.shuffledSubarray([...events, ...again], { minLength: events.length + again.length }))
        .map((arrived) => ({ events, arrived })),
    );
    fc.assert(
      fc.property(arrivals, ({ events, arrived }) => {
        const newest = events.reduce((one, other) => (other.group.revision > one.group.revision ? other : one));
        const ended = acceptAll(arrived);
        const expected = acceptChange(undefined, newest);
        expect(definition(ended)).toEqual(definition(expected));
        // Whoever was a member once is one still or waits to be released.
        const known = new Set([...(ended?.serverIds ?? []), ...(ended?.releasing ?? [])]);
        const accepted = arrived.filter(
          (_, index) => isNewest(arrived, index) && arrived[index]?.changeType !== 'deleted',
        );
        for (const {
          group: { serverIds: ids },
        } of accepted)
          for (const id of ids) if (id !== 'bad') expect(known).toContain(id);
        expect(ended?.releasing.filter((id) => ended.serverIds.includes(id))).toEqual([]);
        expect(ended?.generation).toBe(arrived.filter((_, index) => isNewest(arrived, index)).length);
      }),
    );

    function isNewest(arrived: readonly Change[], index: number): boolean {
      const revision = arrived[index]?.group.revision ?? -1;
      return arrived.slice(0, index).every((earlier) => earlier.group.revision < revision);
    }

    function definition(ended: Group | undefined) {
      const { name, accountId, region, revision, serverIds: ids, launchConfig, serverOverrides } = ended ?? group();
      const stated = { name, accountId, region, revision, serverIds: ids, launchConfig, serverOverrides };
      return { ...stated, errors: ended?.definitionErrors, isDeleted: ended?.deletedAt !== undefined };
    }
  });
});

describe('demandReapply', () => {
  const by = { by: 'operator', correlationId: 'c-2', at: change().at };

  it('is a new generation of the same definition, and pending', () => {
    const demanded = demandReapply(group({ generation: 3, plannedGeneration: 3 }), 'unready', by);
    expect(demanded).toMatchObject({
      generation: 4,
      plannedGeneration: 3,
      revision: 1,
      reapply: 'unready',
      correlationId: 'c-2',
      changedBy: 'operator',
      launchConfigStatus: { status: 'pending', appliedBy: 'operator', statusRevision: 1 },
    });
  });

  it('acts for whoever asks now, and for nobody where they are not known', () => {
    const earlier = group({ requestedBy: 'user:earlier' });
    expect(demandReapply(earlier, 'all', { ...by, requestedBy: 'user:now' }).requestedBy).toBe('user:now');
    expect(demandReapply(earlier, 'all', by)).not.toHaveProperty('requestedBy');
  });

  it('never asks for less than a demand that was not planned yet', () => {
    const order = ['changed', 'unready', 'all'] as const;
    fc.assert(
      fc.property(fc.constantFrom(...order), fc.constantFrom(...order), fc.boolean(), (earlier, later, planned) => {
        const stored = group({ generation: 2, plannedGeneration: planned ? 2 : 1, reapply: earlier });
        const widest = order[Math.max(order.indexOf(earlier), order.indexOf(later))];
        expect(demandReapply(stored, later, by).reapply).toBe(planned ? later : widest);
      }),
    );
  });
});
