import type { VersionRef } from '@prelaunch/contracts/configuration';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { group, readyGroup, statusError } from '../../../../tests/support/builders.ts';
import { AT } from '../../../../tests/support/clock.ts';
import { catalogueOf } from '../../../../tests/support/configurations.ts';
import { type Catalogue, EMPTY_CATALOGUE, type RolloutMark } from '../configuration/configuration.ts';
import {
  catalogueFor,
  headsFor,
  type Inherits,
  inheritanceState,
  isBehind,
  isInForce,
  outdatedIn,
  standing,
} from './inheritance.ts';

function inherits(...followed: [configurationId: string, version: number][]): Inherits {
  const refs = followed.map(([configurationId, version]) => ({ configurationId, version }));
  return { generation: 1, configuration: { configurationId: 'production' }, followed: refs, revision: 1 };
}

function mark(version: number, stated: Partial<RolloutMark> = {}): RolloutMark {
  const who = { by: 'ops', requestedBy: 'user:ops', correlationId: 'c-1' };
  return { version, previous: [version - 1], state: 'stopped', maxFailureShare: 0.1, ...who, ...stated };
}

/** Version 3 of `base` was stopped, after 2 that had not come to everybody; `production` is at 4, and nothing is on its way. */
const STOPPED = catalogueOf({ production: 4, base: 3 }, { rollouts: { base: mark(3, { previous: [1, 2] }) } });

function refs(ids: readonly string[]): fc.Arbitrary<VersionRef[]> {
  const ref = fc.record({ configurationId: fc.constantFrom(...ids), version: fc.nat({ max: 4 }) });
  return fc.uniqueArray(ref, { selector: ({ configurationId }) => configurationId });
}

const IDS = ['a', 'b', 'c', 'constructor'] as const;

const anyCatalogue: fc.Arbitrary<Catalogue> = fc
  .record({
    heads: fc.dictionary(fc.constantFrom(...IDS), fc.integer({ min: 1, max: 4 }), { noNullPrototype: true }),
    marks: fc.dictionary(
      fc.constantFrom(...IDS),
      fc.record({ state: fc.constantFrom('running', 'stopped'), previous: fc.subarray([1, 2, 3]) }),
      { noNullPrototype: true },
    ),
  })
  .map(({ heads, marks }) => {
    const rollouts = Object.entries(marks).flatMap(([id, { state, previous }]) => {
      const head = Object.hasOwn(heads, id) ? (heads[id] ?? 0) : 0;
      return head === 0 ? [] : [[id, mark(head, { state, previous: previous.filter((earlier) => earlier < head) })]];
    });
    return catalogueOf(heads, { rollouts: Object.fromEntries(rollouts) });
  });

describe('headsFor', () => {
  it('is the newest version of each configuration, and 0 where there is none', () => {
    const heads = headsFor(STOPPED, []);
    expect(['production', 'base', 'nowhere', 'constructor'].map(heads)).toEqual([4, 3, 0, 0]);
  });

  it('is what a group has where the rollout of what follows was stopped, and nothing else is held back by that', () => {
    const held = headsFor(STOPPED, [
      { configurationId: 'production', version: 3 },
      { configurationId: 'base', version: 1 },
    ]);
    expect(['production', 'base'].map(held)).toEqual([4, 1]);
  });

  it.each([
    ['is still running', mark(3, { state: 'running', previous: [1, 2] }), 1],
    ['was stopped and is what the group has', mark(3), 3],
    ['is the first of something that was looked for in vain', mark(3, { previous: [] }), 0],
  ])('is the newest where the rollout %s', (_what, base, version) => {
    const catalogue = catalogueOf({ base: 3 }, { rollouts: { base } });
    expect(headsFor(catalogue, [{ configurationId: 'base', version }])('base')).toBe(3);
  });

  it('is what a group has that has missed the version before the one that was stopped', () => {
    const catalogue = catalogueOf({ base: 3 }, { rollouts: { base: mark(3, { previous: [2] }) } });
    expect(headsFor(catalogue, [{ configurationId: 'base', version: 1 }])('base')).toBe(1);
  });
});

describe('isInForce', () => {
  it('is true of the newest and of what is held, and of nothing else', () => {
    const all = [0, 1, 2, 3, 4].map((version) => isInForce(STOPPED, { configurationId: 'base', version }));
    expect(all).toEqual([false, true, true, true, false]);
  });
});

describe('inheritanceState', () => {
  it.each([
    ['none', undefined],
    ['current', inherits()],
    ['current', inherits(['production', 4], ['base', 3])],
    ['behind', inherits(['production', 3], ['base', 3])],
    ['held', inherits(['production', 4], ['base', 2])],
    ['behind', inherits(['production', 3], ['base', 2])],
    ['behind', inherits(['production', 4], ['base', 0])],
    ['behind', inherits(['gone', 1])],
    ['current', inherits(['nowhere', 0])],
  ])('is %s', (state, stated) => {
    const inheriting = group(stated && { inherits: stated });
    expect(inheritanceState(inheriting, STOPPED)).toBe(state);
    expect(isBehind(inheriting, STOPPED)).toBe(state === 'behind');
  });

  it('is not behind any more with the versions that planning would give it, so that nothing is planned for ever', () => {
    fc.assert(
      fc.property(anyCatalogue, refs(IDS), (catalogue, followed) => {
        const heads = headsFor(catalogue, followed);
        const planned = followed.map(({ configurationId }) => ({ configurationId, version: heads(configurationId) }));
        expect(outdatedIn({ inherits: { ...inherits(), followed: planned } }, catalogue)).toEqual([]);
      }),
    );
  });

  it('is told by the versions that are outdated and held, whatever is published', () => {
    fc.assert(
      fc.property(anyCatalogue, refs(IDS), (catalogue, followed) => {
        const state = inheritanceState({ inherits: { ...inherits(), followed } }, catalogue);
        const newest = followed.filter((ref) => headsFor(catalogue, [])(ref.configurationId) === ref.version);
        const inForce = followed.filter((ref) => isInForce(catalogue, ref));
        const expected =
          inForce.length < followed.length ? 'behind' : newest.length < followed.length ? 'held' : 'current';
        expect(state).toBe(expected);
      }),
    );
  });
});

describe('standing', () => {
  it('is pending for the versions a group has to get, before what else is wrong, and names them only', () => {
    const errors = [statusError()];
    const ready = readyGroup();
    const behind = {
      ...ready,
      launchConfigStatus: { ...ready.launchConfigStatus, status: 'failed' as const, errors },
      inherits: inherits(['production', 3], ['base', 2]),
    };
    const { launchConfigStatus, ...others } = standing(behind, STOPPED);
    const { launchConfigStatus: stored, ...same } = behind;
    expect(others).toEqual(same);
    expect(launchConfigStatus).toEqual({
      ...stored,
      status: 'pending',
      errors: [
        {
          code: 'configuration.behind',
          message: 'production was published anew; the group waits for its stage',
          path: 'configuration',
          value: 'production',
          remedy: 'wait for the rollout, or apply the group now',
          at: AT,
        },
        ...errors,
      ],
    });
  });

  it.each([
    ['has nothing to inherit', {}],
    ['is pinned', { inherits: inherits() }],
    ['has the newest', { inherits: inherits(['production', 4]) }],
    ['is held', { inherits: inherits(['base', 1]) }],
    ['is deleted', { inherits: inherits(['production', 1]), deletedAt: AT }],
    ['is not defined', { inherits: inherits(['production', 1]), generation: 0 }],
  ])('is as stored for a group that %s', (_what, stated) => {
    const stored = readyGroup(stated);
    expect(standing(stored, STOPPED)).toBe(stored);
  });
});

describe('catalogueFor', () => {
  it('reads nothing where nothing that is published can make a difference', async () => {
    const deps = { configurations: { catalogue: async () => STOPPED } };
    expect(await catalogueFor([group(), group({ inherits: inherits() })], deps)).toBe(EMPTY_CATALOGUE);
    expect(await catalogueFor([group(), group({ inherits: inherits(['production', 1]) })], deps)).toBe(STOPPED);
  });
});
