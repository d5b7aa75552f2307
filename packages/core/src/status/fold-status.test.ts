import type { ServerStatus } from '@prelaunch/contracts/status';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  applied,
  group,
  launchSettings,
  readyServer,
  serverId,
  serverIds,
  sourceServer,
  statusError,
} from '../../../../tests/support/builders.ts';
import { AT, after, HOUR_MS } from '../../../../tests/support/clock.ts';
import type { Group } from '../group/group.ts';
import type { SourceServer } from '../group/source-server.ts';
import { foldStatus } from './fold-status.ts';

/** Every way in which a member can stand, with what it counts as. */
const MEMBERS = {
  ready: { counts: 'ready', build: (id: string) => readyServer({ serverId: id }) },
  pending: { counts: 'pending', build: (id: string) => sourceServer({ serverId: id }) },
  failed: {
    counts: 'failed',
    build: (id: string) => sourceServer({ serverId: id, status: 'failed', errors: [statusError()] }),
  },
  notConfigured: {
    counts: 'not_configured',
    build: (id: string) => sourceServer({ serverId: id, status: 'not_configured' }),
  },
  notYetClaimed: { counts: 'pending', build: () => undefined },
  ofAnotherGroup: { counts: 'failed', build: (id: string) => readyServer({ serverId: id, groupId: 'other' }) },
  readyButDirty: { counts: 'pending', build: (id: string) => readyServer({ serverId: id, dirty: true }) },
  readyWithoutProof: { counts: 'pending', build: (id: string) => sourceServer({ serverId: id, status: 'ready' }) },
  readyForOtherSettings: {
    counts: 'pending',
    build: (id: string) => readyServer({ serverId: id, applied: applied(launchSettings({ name: 'older' })) }),
  },
} satisfies Record<string, { counts: ServerStatus; build: (id: string) => SourceServer | undefined }>;
const kinds = Object.keys(MEMBERS) as (keyof typeof MEMBERS)[];

function fold(members: readonly (keyof typeof MEMBERS)[], stated: Partial<Group> = {}) {
  const built = members.flatMap((kind, index) => MEMBERS[kind].build(serverId(index + 1)) ?? []);
  const servers = new Map(built.map((server) => [server.serverId, server]));
  return foldStatus(group({ serverIds: serverIds(members.length), ...stated }), servers);
}

function precedence(statuses: readonly ServerStatus[]): ServerStatus {
  if (statuses.includes('pending')) return 'pending';
  if (statuses.includes('failed')) return 'failed';
  return statuses.includes('ready') ? 'ready' : 'not_configured';
}

describe('foldStatus', () => {
  it('is as good as the worst member: pending before failed before ready before nothing to apply', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...kinds), { maxLength: 6 }), (members) => {
        const statuses = members.map((kind) => MEMBERS[kind].counts);
        const having = (status: ServerStatus) => statuses.filter((one) => one === status).length;
        const folded = fold(members);
        expect(folded.status).toBe(precedence(statuses));
        expect(folded.counts).toEqual({
          total: members.length,
          ready: having('ready'),
          pending: having('pending'),
          failed: having('failed'),
          notConfigured: having('not_configured'),
        });
      }),
      { numRuns: 500 },
    );
  });

  it('does not depend on the order of members', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...kinds), { maxLength: 6 }), (members) => {
        const { status, counts } = fold(members);
        expect(fold([...members].reverse())).toMatchObject({ status, counts });
      }),
    );
  });

  it('is never anything but pending while the newest generation has not been planned', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...kinds), { maxLength: 6 }), (members) => {
        expect(fold(members, { generation: 3, plannedGeneration: 2 }).status).toBe('pending');
      }),
    );
  });

  it('counts members that another group holds as failed, with the reason', () => {
    const held = statusError({ code: 'server.held_by_another_group', serverId: serverId(2) });
    const folded = fold(['ready', 'ofAnotherGroup'], { heldElsewhere: [held] });
    expect(folded).toMatchObject({ status: 'failed', counts: { ready: 1, failed: 1 }, errors: [held] });
  });

  it('counts entries that are no server ids as failed, and fails for overrides of strangers without counting them', () => {
    const invalid = statusError({ code: 'group.invalid_server_id' });
    const stranger = statusError({ code: 'group.override_of_stranger' });
    expect(fold(['ready'], { definitionErrors: [invalid], invalidEntries: 1 })).toMatchObject({
      status: 'failed',
      counts: { total: 2, ready: 1, failed: 1 },
      errors: [invalid],
    });
    expect(fold(['ready'], { definitionErrors: [stranger] })).toMatchObject({
      status: 'failed',
      counts: { total: 1, failed: 0 },
    });
  });

  it('does not take an empty group for a failure', () => {
    expect(fold([], { definitionErrors: [statusError({ code: 'group.empty' })] }).status).toBe('not_configured');
  });

  it('is fresh as long as the slowest-verified member, and was last applied when the latest was', () => {
    const servers = new Map(
      [0, 5, 2].map((hours, index) => {
        const proof = applied(launchSettings(), after(hours * HOUR_MS).toISOString());
        return [serverId(index + 1), readyServer({ serverId: serverId(index + 1), applied: proof })];
      }),
    );
    const folded = foldStatus(group({ serverIds: serverIds(3) }), servers);
    expect(folded.freshUntil).toBe(after(24 * HOUR_MS).toISOString());
    expect(folded.lastApplied).toBe(after(5 * HOUR_MS).toISOString());
  });

  it('is not fresh when nothing was verified, and remembers when it last was applied', () => {
    const before = group().launchConfigStatus;
    const folded = fold(['pending'], { launchConfigStatus: { ...before, lastApplied: AT, freshUntil: AT } });
    expect(folded).toMatchObject({ freshUntil: null, lastApplied: AT });
  });

  it('keeps twenty errors and how many more there are, those of the definition first, each with its server', () => {
    const definitionErrors = [statusError({ code: 'group.override_of_stranger' })];
    const folded = fold(
      Array.from({ length: 30 }, () => 'failed' as const),
      { definitionErrors },
    );
    expect(folded.errors).toHaveLength(21);
    expect(folded.errors.at(-1)).toMatchObject({ code: 'errors.more', message: 'and 11 more' });
    expect(folded.errors[0]).toEqual(definitionErrors[0]);
    expect(folded.errors[1]).toMatchObject({ serverId: serverId(1) });
    expect(folded.counts.failed).toBe(30);
  });

  it('keeps the errors of a member that is being applied again', () => {
    const server = sourceServer({ errors: [statusError()] });
    const folded = foldStatus(group({ serverIds: [serverId(1)] }), new Map([[serverId(1), server]]));
    expect(folded).toMatchObject({ status: 'pending', errors: [{ serverId: serverId(1) }] });
  });
});
