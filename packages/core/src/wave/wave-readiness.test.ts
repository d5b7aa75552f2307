import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { group, readyGroup, statusError } from '../../../../tests/support/builders.ts';
import { AT, after, HOUR_MS } from '../../../../tests/support/clock.ts';
import { catalogueOf } from '../../../../tests/support/configurations.ts';
import { EMPTY_CATALOGUE } from '../configuration/configuration.ts';
import { notReadyGroups, pathOf, readinessOf } from './wave-readiness.ts';

const now = new Date(AT);

function withStatus(status: 'ready' | 'pending' | 'failed' | 'not_configured', stated = {}) {
  return readyGroup({ launchConfigStatus: { ...readyGroup().launchConfigStatus, status }, ...stated });
}

describe('readinessOf', () => {
  it('is ready while everything was read back within 24 hours', () => {
    expect(readinessOf(readyGroup(), EMPTY_CATALOGUE, after(24 * HOUR_MS - 1))).toBe('ready');
    expect(readinessOf(readyGroup(), EMPTY_CATALOGUE, after(24 * HOUR_MS))).toBe('stale');
  });

  it('is stale when it is ready but nobody knows since when', () => {
    const { launchConfigStatus } = readyGroup();
    expect(
      readinessOf(
        readyGroup({ launchConfigStatus: { ...launchConfigStatus, freshUntil: null } }),
        EMPTY_CATALOGUE,
        now,
      ),
    ).toBe('stale');
  });

  it('is not ready while the newest generation was not planned, whatever the status says', () => {
    const statuses = fc.constantFrom(
      'ready' as const,
      'pending' as const,
      'failed' as const,
      'not_configured' as const,
    );
    fc.assert(
      fc.property(statuses, (status) => {
        expect(readinessOf(withStatus(status, { generation: 2 }), EMPTY_CATALOGUE, now)).toBe('not_ready');
      }),
    );
  });

  describe('of a group that follows a configuration', () => {
    const configuration = { configurationId: 'production' };
    const inherits = { generation: 1, configuration, followed: [{ ...configuration, version: 1 }], revision: 1 };
    const follower = readyGroup({ inherits });

    it.each(['ready', 'failed', 'not_configured'] as const)(
      'is not ready while it is behind, although %s',
      (status) => {
        expect(readinessOf(withStatus(status, { inherits }), catalogueOf({ production: 2 }), now)).toBe('not_ready');
      },
    );

    it('is as ready as any other with the newest version, or with one that is pinned', () => {
      expect(readinessOf(follower, catalogueOf({ production: 1 }), now)).toBe('ready');
      const pinned = readyGroup({ inherits: { ...inherits, followed: [] } });
      expect(readinessOf(pinned, catalogueOf({ production: 2 }), now)).toBe('ready');
    });

    it('is as ready as any other where the rollout of what follows was stopped', () => {
      const who = { by: 'ops', requestedBy: 'user:ops', correlationId: 'c-1' };
      const production = { version: 2, previous: [1], state: 'stopped', maxFailureShare: 0.1, ...who } as const;
      const catalogue = catalogueOf({ production: 2 }, { rollouts: { production } });
      expect(readinessOf(follower, catalogue, now)).toBe('ready');
      expect(readinessOf(follower, catalogue, after(24 * HOUR_MS))).toBe('stale');
    });
  });

  it.each(['pending', 'failed'] as const)('is not ready while %s', (status) => {
    expect(readinessOf(withStatus(status), EMPTY_CATALOGUE, now)).toBe('not_ready');
  });

  it('is ready with nothing to apply, but not without servers', () => {
    expect(readinessOf(withStatus('not_configured'), EMPTY_CATALOGUE, now)).toBe('ready');
    expect(readinessOf(withStatus('not_configured', { serverIds: [] }), EMPTY_CATALOGUE, now)).toBe('not_ready');
  });
});

describe('pathOf', () => {
  it('is the slowest that one of the groups needs', () => {
    const readiness = fc.constantFrom('ready' as const, 'stale' as const, 'not_ready' as const);
    fc.assert(
      fc.property(fc.array(readiness, { minLength: 1 }), (all) => {
        const expected = all.includes('not_ready') ? 'apply' : all.includes('stale') ? 'verify' : 'fast';
        expect(pathOf(all)).toBe(expected);
      }),
    );
  });
});

describe('notReadyGroups', () => {
  it('names groups that do not exist, have no servers, or are ill-defined, and no others', () => {
    const definitionErrors = [statusError({ code: 'group.invalid_server_id' })];
    const found = [
      readyGroup(),
      group({ groupId: 'empty', serverIds: [] }),
      group({ groupId: 'ill', definitionErrors }),
    ];
    expect(notReadyGroups(['payments', 'empty', 'ill', 'nowhere'], found, now)).toMatchObject([
      { groupId: 'empty', errors: [{ code: 'group.empty' }] },
      { groupId: 'ill', errors: definitionErrors },
      { groupId: 'nowhere', errors: [{ code: 'group.not_found', value: 'nowhere' }] },
    ]);
  });
});
