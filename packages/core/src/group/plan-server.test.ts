import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anySettings } from '../../../../tests/support/arbitraries.ts';
import {
  applied,
  desired,
  group,
  launchSettings,
  readyServer,
  serverId,
  sourceServer,
  statusError,
} from '../../../../tests/support/builders.ts';
import { AT, after, HOUR_MS } from '../../../../tests/support/clock.ts';
import { NOTHING_INHERITED } from '../configuration/inherited-settings.ts';
import type { Group } from './group.ts';
import { memberSettings } from './member-settings.ts';
import { planServer } from './plan-server.ts';
import { freeServer, released, type SourceServer } from './source-server.ts';

const now = new Date(AT);
const next = (stated: Partial<Group> = {}) => group({ generation: 2, plannedGeneration: 1, ...stated });

/** As `judgeMembers` would judge it, without a target. */
function judged(planned: Group, id: string) {
  const { settings, problems } = memberSettings(planned, NOTHING_INHERITED)(id);
  return { settings, errors: problems.map((problem) => ({ ...problem, serverId: id, at: AT })) };
}

function plan(planned: Group, stored?: SourceServer, at: Date = now, id = serverId(1)) {
  return planServer(planned, { serverId: id, stored, ...judged(planned, id) }, at);
}

function saved(planned: Group, stored?: SourceServer): SourceServer {
  const decided = plan(planned, stored);
  if (decided.kind !== 'planned' || !decided.save) throw new Error('expected a write');
  return decided.save;
}

describe('planServer', () => {
  it('claims a server that nobody holds, states what it should have, and queues it', () => {
    expect(plan(next())).toEqual({
      kind: 'planned',
      apply: true,
      save: expect.objectContaining({
        serverId: serverId(1),
        groupId: 'payments',
        accountId: '111111111111',
        region: 'eu-west-1',
        status: 'pending',
        desired: desired(),
        planned: { groupId: 'payments', generation: 2 },
        version: 0,
      }),
    });
  });

  it('notes who asked, as the audit log knows them, until the server is let go', () => {
    expect(saved(next({ changedBy: 'Ops', requestedBy: 'ops@example.com' })).requestedBy).toBe('ops@example.com');
    const claimed = saved(next({ changedBy: 'upstream' }));
    expect(claimed.requestedBy).toBe('upstream');
    const { planned = { groupId: 'payments', generation: 2 } } = claimed;
    expect(released(claimed, planned, AT)).not.toHaveProperty('requestedBy');
  });

  it('leaves a server that another group holds, and says which', () => {
    const decided = plan(next(), readyServer({ groupId: 'other' }));
    expect(decided).toMatchObject({
      kind: 'held_elsewhere',
      error: { code: 'server.held_by_another_group', serverId: serverId(1), message: expect.stringContaining('other') },
    });
  });

  it('claims a released server with the lease and the dirty mark it has', () => {
    const lease = { owner: 'somebody', until: now.getTime() + 1 };
    const free = released(sourceServer({ lease, dirty: true, version: 4 }), { groupId: 'payments', generation: 1 }, AT);
    expect(saved(next(), free)).toMatchObject({ lease, dirty: true, version: 4, status: 'pending' });
  });

  it('leaves a ready server whose settings stay, and only notes which generation decided so', () => {
    const ready = readyServer();
    expect(plan(next(), ready)).toEqual({
      kind: 'planned',
      apply: false,
      save: { ...ready, planned: { groupId: 'payments', generation: 2 } },
    });
  });

  it('leaves a server alone about which a newer generation of the group has decided', () => {
    const planned = { groupId: 'payments', generation: 3 };
    const elsewise = next({ launchConfig: launchSettings({ name: 'older' }) });
    for (const server of [readyServer({ planned }), released(sourceServer(), planned, AT)])
      expect(plan(elsewise, server)).toEqual({ kind: 'planned', apply: false });
  });

  it('claims a server that was freed by a later generation of another group', () => {
    const free = released(sourceServer(), { groupId: 'other', generation: 9 }, AT);
    expect(plan(next(), free)).toMatchObject({ apply: true, save: { groupId: 'payments' } });
  });

  it('queues a server whose settings move, keeping its errors until it is applied', () => {
    const errors = [statusError()];
    const moved = saved(next({ launchConfig: launchSettings({ name: 'new' }) }), readyServer({ errors }));
    expect(moved).toMatchObject({
      status: 'pending',
      errors,
      desired: { settings: { name: 'new' } },
      planned: { generation: 2 },
    });
  });

  it('queues a server that now has a default stated, although the hash stays', () => {
    const stated = launchSettings({ monitoring: { enabled: false } });
    const moved = saved(next({ launchConfig: stated }), readyServer());
    expect(moved.desired).toMatchObject({ settings: stated, hash: desired().hash });
  });

  it('queues a server that moves to another account or Region', () => {
    expect(saved(next({ region: 'eu-central-1' }), readyServer())).toMatchObject({
      region: 'eu-central-1',
      status: 'pending',
    });
    expect(saved(next({ accountId: '222222222222' }), readyServer())).toMatchObject({ accountId: '222222222222' });
  });

  it('queues a server whose hash is of another version', () => {
    const old = readyServer({ desired: { ...desired(), hashVersion: 0 }, applied: { ...applied(), hashVersion: 0 } });
    expect(plan(next(), old)).toMatchObject({ apply: true });
  });

  it('queues a server that is not ready for its settings: failed, dirty or without proof', () => {
    for (const server of [
      sourceServer({ status: 'failed' }),
      readyServer({ dirty: true }),
      sourceServer({ status: 'ready' }),
      readyServer({ applied: applied(launchSettings({ name: 'older' })) }),
    ])
      expect(plan(next(), server)).toMatchObject({ apply: true, save: { status: 'pending' } });
  });

  it('queues again, without a write, what was planned in this generation and waits still', () => {
    const planned = saved(next());
    expect(plan(next(), planned)).toEqual({ kind: 'planned', apply: true });
  });

  it.each(['ready', 'failed'] as const)('does not try again in the same generation what is %s by now', (status) => {
    const tried = readyServer({ status, planned: { groupId: 'payments', generation: 2 } });
    for (const reapply of ['changed', 'unready', 'all'] as const)
      expect(plan(next({ reapply }), tried)).toEqual({ kind: 'planned', apply: false });
  });

  it.each([
    ['changed', 25, false],
    ['unready', 23, false],
    ['unready', 24, true],
    ['all', 0, true],
  ] as const)('with reapply %s takes a server verified %i hours ago: %s', (reapply, hours, apply) => {
    const decided = plan(next({ reapply }), readyServer(), after(hours * HOUR_MS));
    expect(decided).toMatchObject({ kind: 'planned', apply });
  });

  it('records what is wrong with the settings on the server and queues nothing', () => {
    const decided = plan(next({ launchConfig: { copyTags: 'yes' } }), readyServer());
    expect(decided).toMatchObject({
      apply: false,
      save: {
        status: 'failed',
        errors: [{ code: 'settings.invalid', path: 'launchConfig.copyTags', serverId: serverId(1), at: AT }],
      },
    });
    expect(decided.kind === 'planned' && decided.save).not.toHaveProperty('desired');
  });

  it('names the override where it is wrong, and leaves the other servers out of it', () => {
    const planned = next({ serverOverrides: { [serverId(1)]: { subnetId: 'x' } } });
    expect(saved(planned).errors).toMatchObject([{ path: `serverOverrides.${serverId(1)}.subnetId` }]);
    expect(plan(planned, undefined, now, serverId(2))).toMatchObject({ apply: true });
  });

  it('claims a server with nothing to apply as not configured, also one that was ready or failed', () => {
    const nothing = next({ launchConfig: {} });
    for (const stored of [undefined, readyServer(), sourceServer({ status: 'failed', errors: [statusError()] })])
      expect(plan(nothing, stored)).toMatchObject({ apply: false, save: { status: 'not_configured', errors: [] } });
  });

  it('decides the same again and writes nothing more, whatever the settings', () => {
    const configs = fc.oneof(anySettings, fc.constant({}), fc.constant(undefined), fc.constant({ unknown: 1 }));
    const reapply = fc.constantFrom('changed' as const, 'unready' as const, 'all' as const);
    const stored = fc.constantFrom(
      undefined,
      freeServer(serverId(1), AT),
      readyServer(),
      sourceServer({ status: 'failed' }),
    );
    fc.assert(
      fc.property(configs, reapply, stored, (launchConfig, mode, server) => {
        const planned = next({ launchConfig, reapply: mode });
        const first = plan(planned, server);
        if (first.kind !== 'planned') throw new Error('nobody else holds it');
        const again = plan(planned, first.save ?? server);
        expect(again).toEqual({ kind: 'planned', apply: first.apply });
      }),
    );
  });

  it('keeps an item that DynamoDB takes, below 400 KB, however much is wrong with the settings', () => {
    const launchConfig = Object.fromEntries(Array.from({ length: 5_000 }, (_, index) => [`field${index}`, index]));
    expect(Buffer.byteLength(JSON.stringify(saved(next({ launchConfig }))))).toBeLessThan(400 * 1024);
  });
});
