import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anySettingsWithNulls } from '../../../../tests/support/arbitraries.ts';
import { serverId } from '../../../../tests/support/builders.ts';
import { kindsOf, NO_REFERENCES, referencesOf } from './references.ts';

const anyServers = fc
  .array(anySettingsWithNulls, { maxLength: 6 })
  .map((all) => all.map((settings, index) => ({ serverId: serverId(index), settings })));

describe('referencesOf', () => {
  it('has what any of the servers states, each once, and nothing else', () => {
    fc.assert(
      fc.property(anyServers, (servers) => {
        const references = referencesOf(servers);
        const all = servers.map(({ settings }) => settings);
        const present = (values: readonly (string | null | undefined)[]) =>
          [...new Set(values.filter((value) => value !== null && value !== undefined))].sort();
        const sorted = Object.fromEntries(
          Object.entries(references).map(([kind, ids]: [string, readonly string[]]) => [kind, [...ids].sort()]),
        );
        expect(sorted).toEqual({
          subnetIds: present(all.map(({ subnetId }) => subnetId)),
          securityGroupIds: present(all.flatMap(({ securityGroupIds }) => securityGroupIds ?? [])),
          instanceProfiles: present(all.map(({ iamInstanceProfile }) => iamInstanceProfile)),
          instanceTypes: present(all.map(({ instanceType }) => instanceType)),
          instanceIds: present(all.map((one) => one.launchIntoInstanceProperties?.launchIntoEC2InstanceID)),
          serverIds: servers
            .filter(({ settings }) => settings.licensing?.osByol || settings.launchIntoInstanceProperties)
            .map((server) => server.serverId)
            .sort(),
        });
      }),
    );
  });

  it('of all servers is what those of each of them add up to', () => {
    fc.assert(
      fc.property(anyServers, (servers) => {
        const each = servers.flatMap((server) => kindsOf(referencesOf([server])));
        expect(kindsOf(referencesOf(servers)).sort()).toEqual([...new Set(each)].sort());
      }),
    );
  });

  it('has none where nothing is referred to, or none is asked for', () => {
    const none = {
      securityGroupIds: null,
      iamInstanceProfile: null,
      launchIntoInstanceProperties: null,
      copyTags: true,
    };
    expect(referencesOf([{ serverId: serverId(1), settings: none }])).toEqual(NO_REFERENCES);
    expect(kindsOf(NO_REFERENCES)).toEqual([]);
  });
});
