import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { group, readyGroup, statusError } from '../../../../tests/support/builders.ts';
import { AT, after, HOUR_MS } from '../../../../tests/support/clock.ts';
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
