import type { ConfigurationRef } from '@prelaunch/contracts/configuration';
import {
  ResolveConfigurationRequest,
  ResolveConfigurationResponse,
} from '@prelaunch/contracts/operations/configurations';
import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { group, serverId } from '../../../../tests/support/builders.ts';
import { AT } from '../../../../tests/support/clock.ts';
import { binding } from '../../../../tests/support/configurations.ts';
import { anyEstate, effectiveIn, replanned, worldOf } from '../../../../tests/support/estates.ts';
import { type MemoryWorld, memoryWorld } from '../../../../tests/support/memory-world.ts';
import { publishedAsPlanned } from '../../../../tests/support/plans.ts';
import type { Group } from '../group/group.ts';
import { memberSettings } from '../group/member-settings.ts';
import { settleInheritance } from '../group/settle-inheritance.ts';
import { hashSettings } from '../settings/normalize-settings.ts';
import { bindingIdOf } from './choose-binding.ts';
import type { ConfigurationVersion } from './configuration.ts';
import { NOTHING_INHERITED } from './inherited-settings.ts';
import { resolveConfiguration } from './resolve-configuration.ts';
import { changeMark } from './rollout/change-mark.ts';

let world: MemoryWorld;
beforeEach(() => {
  world = memoryWorld();
});

async function publish(
  configurationId: string,
  parents: readonly string[] = [],
  stated: Partial<ConfigurationVersion> = {},
): Promise<void> {
  const refs = parents.map((id) => ({ configurationId: id }));
  await publishedAsPlanned({ configurationId, parents: refs, ...stated }, world);
}

type Asked = Omit<Parameters<typeof ResolveConfigurationRequest.parse>[0] & object, 'operation'>;

/** As an operation asks, of the group as it is stored. */
async function resolved(asked: Asked) {
  const request = ResolveConfigurationRequest.parse({ operation: 'resolve_configuration', ...asked });
  const stored = await world.groups.getMany([request.groupId ?? '']);
  const answer = await resolveConfiguration(request, stored.get(request.groupId ?? ''), world);
  expect(ResolveConfigurationResponse.parse(answer)).toEqual(answer);
  return answer;
}

const of = (configurationId: string, version = 1) => ({ configurationId, version });
const by = (configurationId: string, version = 1) => ({ layer: 'configuration', configurationId, version });

describe('resolving a configuration', () => {
  it('comes to settings, with the path, and for each key who won and who lost to whom and why', async () => {
    await publish('base', [], {
      settings: { name: 'base', copyTags: true, tenancy: 'default', tags: { a: 'x' } },
      locked: ['tenancy'],
    });
    await publish('network', ['base'], { settings: { name: 'network', tags: { b: 'y' } } });
    await publish('web', ['network', 'base'], { settings: { subnetId: 'subnet-0a1b2c3d' }, unset: ['copyTags'] });
    const overrides = { tenancy: 'host', tags: { a: 'mine' } };
    const settings = { name: 'network', subnetId: 'subnet-0a1b2c3d', tenancy: 'default', tags: { a: 'mine', b: 'y' } };
    expect(await resolved({ configurationId: 'web', overrides })).toEqual({
      configuration: { configurationId: 'web' },
      bindingId: null,
      settings,
      path: [of('web'), of('network'), of('base')],
      provenance: {
        name: {
          winner: { by: by('network'), value: 'network' },
          losers: [{ by: by('base'), value: 'base', reason: 'overridden', beatenBy: by('network') }],
        },
        copyTags: {
          winner: null,
          losers: [{ by: by('base'), value: true, reason: 'unset', beatenBy: by('web') }],
        },
        tenancy: {
          winner: { by: by('base'), value: 'default' },
          losers: [{ by: { layer: 'overrides' }, value: 'host', reason: 'locked', beatenBy: by('base') }],
        },
        subnetId: { winner: { by: by('web'), value: 'subnet-0a1b2c3d' }, losers: [] },
        'tags.a': {
          winner: { by: { layer: 'overrides' }, value: 'mine' },
          losers: [{ by: by('base'), value: 'x', reason: 'overridden', beatenBy: { layer: 'overrides' } }],
        },
        'tags.b': { winner: { by: by('network'), value: 'y' }, losers: [] },
      },
      problems: [],
      catalogueRevision: 3,
      configHash: hashSettings(settings as Parameters<typeof hashSettings>[0]),
      hashVersion: 1,
    });
  });

  it('begins at the newest version, or at the one that is asked for with what it inherited then', async () => {
    await publish('base', [], { settings: { name: 'one' } });
    await publish('web', ['base']);
    await publish('base', [], { settings: { name: 'two' } });
    await publish('web', ['base'], { settings: { copyTags: true } });
    expect(await resolved({ configurationId: 'web' })).toMatchObject({
      settings: { name: 'two', copyTags: true },
      path: [of('web', 2), of('base', 2)],
    });
    expect(await resolved({ configurationId: 'web', version: 1 })).toMatchObject({
      configuration: of('web'),
      settings: { name: 'one' },
      path: [of('web'), of('base')],
    });
  });

  it('takes the variants of the instance type that is asked for, or that the settings come to', async () => {
    const variants = { 'm7i.*': { tenancy: 'host' as const }, 't3.*': { tenancy: 'dedicated' as const } };
    await publish('web', [], { settings: { instanceType: 'm7i.large' }, variants });
    const tenancy = async (asked: object) => (await resolved({ configurationId: 'web', ...asked })).settings.tenancy;
    expect(await tenancy({})).toBe('host');
    expect(await tenancy({ instanceType: 't3.micro' })).toBe('dedicated');
    expect(await tenancy({ overrides: { instanceType: 't3.micro' } })).toBe('dedicated');
    expect(await tenancy({ instanceType: 'u-6tb1.metal' })).toBeUndefined();
  });

  it('tells of combinations that could not be applied, and where they stand', async () => {
    await publish('web', [], { settings: { securityGroupIds: ['sg-0a1b2c3d'] } });
    expect(await resolved({ configurationId: 'web', overrides: { privateIpAddress: '10.0.0.1' } })).toMatchObject({
      problems: [
        { code: 'settings.combination', path: 'configurations.web@1.securityGroupIds' },
        { code: 'settings.combination', path: 'overrides.privateIpAddress' },
      ],
    });
  });

  it.each([
    [{ configurationId: 'ghost' }, 'configurationId', 'ghost'],
    [{ configurationId: 'web', version: 9 }, 'version', 9],
  ])('is refused for %j, which does not exist, naming the field', async (asked, path, value) => {
    await publish('web');
    await expect(resolved(asked)).rejects.toMatchObject({
      code: 'configuration.not_found',
      problems: [{ path, value }],
    });
  });
});

describe('resolving for a user', () => {
  const kinds = ['user', 'userGroup', 'default'] as const;
  const ids = ['alice', 'bob', 'eve'];
  const anyBinding = fc.record({
    kind: fc.constantFrom(...kinds, 'protectionGroup' as const),
    id: fc.constantFrom(...ids),
    priority: fc.nat({ max: 2 }),
    target: fc.constantFrom('one', 'other'),
  });

  it('begins at a binding of theirs, of a group of theirs, or of everybody, in this order; or nowhere', async () => {
    for (const id of ['one', 'other']) await publish(id);
    const { configurations } = world;
    const asked = fc.record({ userId: fc.constantFrom(...ids), userGroups: fc.uniqueArray(fc.constantFrom(...ids)) });
    await fc.assert(
      fc.asyncProperty(fc.array(anyBinding, { maxLength: 8 }), asked, async (bindings, { userId, userGroups }) => {
        world = { ...memoryWorld(), configurations };
        for (const { kind, id, priority, target } of bindings) {
          const subject = kind === 'default' ? { kind } : { kind, id };
          const bindingId = bindingIdOf(subject, priority);
          await world.bindings.save(
            binding({ bindingId, subject, priority, configuration: { configurationId: target } }),
          );
        }
        const applies = (kind: string, id: string) =>
          kind === 'default' || (kind === 'user' && id === userId) || (kind === 'userGroup' && userGroups.includes(id));
        const [best] = (await world.bindings.all())
          .filter(({ subject }) => applies(subject.kind, subject.kind === 'default' ? '' : subject.id))
          .sort(
            (a, b) =>
              kinds.indexOf(a.subject.kind as 'user') - kinds.indexOf(b.subject.kind as 'user') ||
              b.priority - a.priority ||
              (a.bindingId < b.bindingId ? -1 : 1),
          );
        const answer = resolved({ userId, userGroups });
        if (!best) {
          await expect(answer).rejects.toMatchObject({ code: 'binding.unknown_subject' });
          return;
        }
        const { bindingId, configuration } = best;
        expect(await answer).toMatchObject({ bindingId, configuration, path: [of(configuration.configurationId)] });
      }),
      { numRuns: 500 },
    );
  });

  it('says whom nobody has bound, and gives them nothing', async () => {
    await publish('one');
    await world.bindings.save(binding({ configuration: { configurationId: 'one' } }));
    await expect(resolved({ userId: 'mallory', userGroups: ['alice'] })).rejects.toMatchObject({
      code: 'binding.unknown_subject',
      problems: [{ path: 'userId', value: 'mallory' }],
    });
  });

  it('keeps to a version that the binding pins', async () => {
    await publish('one', [], { settings: { name: 'one' } });
    await publish('one', [], { settings: { name: 'two' } });
    await world.bindings.save(binding({ configuration: of('one') }));
    expect(await resolved({ userId: 'alice' })).toMatchObject({ settings: { name: 'one' }, configuration: of('one') });
  });
});

describe('resolving for a protection group', () => {
  async function stored(configuration: ConfigurationRef | undefined, stated: Partial<Group> = {}): Promise<void> {
    await world.put(group({ launchConfig: { name: 'group' }, ...(configuration && { configuration }), ...stated }));
  }
  const ofGroup = { groupId: 'payments' };

  it('begins where the group does, with what it states, and what a server of it states', async () => {
    await publish('web', [], { settings: { name: 'web', copyTags: true, tags: { a: 'x' } }, locked: ['tags.a'] });
    const own = { tags: { a: 'own', b: 'own' } };
    await stored({ configurationId: 'web' }, { serverOverrides: { [serverId(1)]: own } });
    expect(await resolved(ofGroup)).toMatchObject({
      configuration: { configurationId: 'web' },
      bindingId: null,
      settings: { name: 'group', copyTags: true, tags: { a: 'x' } },
      provenance: { name: { winner: { by: { layer: 'launchConfig' } }, losers: [{ by: by('web') }] } },
    });
    const answer = await resolved({ ...ofGroup, serverId: serverId(1), overrides: { copyTags: false } });
    expect(answer.settings).toEqual({ name: 'group', copyTags: false, tags: { a: 'x', b: 'own' } });
    expect(answer.provenance['tags.a']?.losers).toMatchObject([{ by: { layer: 'serverOverrides' }, reason: 'locked' }]);
    expect((await resolved({ ...ofGroup, serverId: serverId(2) })).settings).not.toHaveProperty('tags.b');
  });

  it('begins at its binding where it names nothing itself, and nowhere where it has none', async () => {
    await publish('web', [], { settings: { copyTags: true } });
    await stored(undefined);
    expect(await resolved(ofGroup)).toMatchObject({ configuration: null, path: [], settings: { name: 'group' } });
    const subject = { kind: 'protectionGroup', id: 'payments' } as const;
    await world.bindings.save(binding({ subject, configuration: { configurationId: 'web' } }));
    expect(await resolved(ofGroup)).toMatchObject({
      configuration: { configurationId: 'web' },
      bindingId: 'protectionGroup:payments:0',
      settings: { name: 'group', copyTags: true },
    });
  });

  it('keeps to what the group has while a stopped rollout holds it back', async () => {
    await publish('web', [], { settings: { copyTags: true } });
    await stored({ configurationId: 'web' });
    await replanned('payments', world);
    await publish('web', [], { settings: { copyTags: false } });
    expect((await resolved(ofGroup)).path).toEqual([of('web', 2)]);
    await changeMark(of('web', 2), (mark) => ({ ...mark, state: 'stopped' }), world);
    expect((await resolved(ofGroup)).path).toEqual([of('web', 1)]);
    expect((await resolved({ configurationId: 'web' })).path).toEqual([of('web', 2)]);
  });

  it('tells what is wrong with what a server states, and goes on with the rest', async () => {
    await publish('web', [], { settings: { copyTags: true, name: 'web' } });
    await stored(
      { configurationId: 'web' },
      { launchConfig: undefined, serverOverrides: { [serverId(1)]: { name: 7 } } },
    );
    expect(await resolved({ ...ofGroup, serverId: serverId(1) })).toMatchObject({
      settings: { copyTags: true },
      problems: [{ code: 'settings.invalid', path: `serverOverrides.${serverId(1)}.name`, value: 7 }],
    });
  });

  it('is refused for a server that is no member, and for a group that does not exist', async () => {
    await stored(undefined);
    await expect(resolved({ ...ofGroup, serverId: serverId(9) })).rejects.toMatchObject({
      code: 'group.not_member',
      problems: [{ path: 'serverId', value: serverId(9) }],
    });
    await expect(resolved({ groupId: 'ghost' })).rejects.toMatchObject({ code: 'group.not_found' });
    await stored(undefined, { deletedAt: AT });
    await expect(resolved(ofGroup)).rejects.toMatchObject({ code: 'group.not_found' });
  });

  it('comes to what its servers are planned with, whatever was published, bound, rolled out and stopped', async () => {
    await fc.assert(
      fc.asyncProperty(anyEstate, async (estate) => {
        world = await worldOf(estate);
        const before = await effectiveIn(world);
        for (const { groupId } of estate.groups) {
          const stored = await world.group(groupId);
          await world.put({ ...stored, generation: stored.generation + 1 });
          const settled = await settleInheritance(await world.group(groupId), world);
          const settingsOf = memberSettings(stored, settled?.inherited ?? NOTHING_INHERITED);
          for (const id of stored.serverIds) expect(settingsOf(id).settings).toEqual(before.get(id));
        }
      }),
      { numRuns: 200 },
    );
  });

  it('names what a group asks for that nobody published', async () => {
    await stored({ configurationId: 'ghost' });
    await expect(resolved(ofGroup)).rejects.toMatchObject({
      code: 'configuration.not_found',
      problems: [{ value: 'ghost', allowed: expect.stringContaining('publish it first') }],
    });
  });
});
