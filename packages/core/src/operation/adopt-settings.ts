import type { ConfigurationContent, ConfigurationRef } from '@prelaunch/contracts/configuration';
import type { DriftDifference } from '@prelaunch/contracts/drift';
import { LaunchSettings } from '@prelaunch/contracts/launch-settings';
import type { RemediateInstanceRequest } from '@prelaunch/contracts/operations/drift';
import type { AccessResource } from '../access/gate.ts';
import { contentOf, headOf, nameOf } from '../configuration/configuration.ts';
import { isLive } from '../configuration/drafts.ts';
import { NotFeasibleError } from '../drift/drift-errors.ts';
import type { InstanceDrift } from '../drift/instance-drift.ts';
import type { Adopting } from '../drift/remediate-instance.ts';
import type { Group } from '../group/group.ts';
import { memberSettings } from '../group/member-settings.ts';
import { startOf, wouldInherit } from '../group/settle-inheritance.ts';
import { ownValue } from '../own-value.ts';
import { covers, keysOf, settingsOf } from '../settings/setting-keys.ts';
import { AccessDeniedError, groupResource } from './authorize.ts';
import type { OperationDeps, UnderstoodCall } from './call.ts';
import { performOnConfigurations } from './configuration-operations.ts';
import { changeProtectionGroup } from './group-changes.ts';

type Call = UnderstoodCall<RemediateInstanceRequest>;

/**
 * How live settings are taken over in the name of a caller: by the very operations that change drafts and groups, so that the same
 * rules, records and refusals hold. Only whoever may do that without drift may do it here.
 */
export function adopting(call: Call, deps: OperationDeps): Adopting {
  return {
    decide: async (group, as) => {
      const { action, resource } = await adoptedIn(group, as, deps);
      const decision = deps.gate.decide({ principal: call.principal, action, resource });
      const refuse = () => {
        throw new AccessDeniedError(action, [{ path: 'action', resource, action, decision }]);
      };
      return { allowed: decision.allowed, refuse };
    },
    placeOf: (drift, group, keys) => placeOf(drift, group, keys, deps),
    intoDraft: (_drift, group, differences) => intoDraft(call, group, differences, deps),
    intoOverride: (drift, group, differences) => intoOverride(call, { drift, group, differences }, deps),
  };
}

interface Change {
  readonly action: 'save_configuration_draft' | 'update_protection_group';
  readonly resource: AccessResource;
}

async function adoptedIn(group: Group, as: 'configuration' | 'override', deps: OperationDeps): Promise<Change> {
  if (as === 'override')
    return { action: 'update_protection_group', resource: groupResource(group.groupId, group.tags) };
  const { configurationId } = await followedBy(group, deps);
  return { action: 'save_configuration_draft', resource: { kind: 'configuration', configurationId } };
}

/** Where nearer statements would hide what a configuration says, an override is the place. */
async function placeOf(
  { serverId }: InstanceDrift,
  group: Group,
  keys: readonly string[],
  deps: OperationDeps,
): Promise<'configuration' | 'override'> {
  const provenance = memberSettings(group, await wouldInherit(group, deps))(serverId).provenance();
  const isInherited = keys.every((key) => ownValue(provenance, key)?.winner?.by.layer === 'configuration');
  return isInherited ? 'configuration' : 'override';
}

/** What a group begins with. Throws `NotFeasibleError` where it follows nothing that could have a draft. */
async function followedBy(group: Group, deps: OperationDeps): Promise<ConfigurationRef> {
  const configuration = (await startOf(group, deps))?.configuration;
  const allowed = 'override, or a group that follows a configuration';
  if (!configuration) throw new NotFeasibleError('as', 'configuration', 'the group follows no configuration', allowed);
  if (configuration.version === undefined) return configuration;
  const { configurationId, version } = configuration;
  const pinned = `the group is pinned to ${nameOf({ configurationId, version })}`;
  throw new NotFeasibleError('as', 'configuration', pinned, allowed);
}

/** Into the draft that is there, or into what the newest version says. */
async function intoDraft(
  call: Call,
  group: Group,
  differences: readonly DriftDifference[],
  deps: OperationDeps,
): Promise<string> {
  const { configurationId } = await followedBy(group, deps);
  const draft = await deps.configurations.draft(configurationId);
  const generation = isLive(draft) ? draft.version : 0;
  const content = isLive(draft) ? contentOf(draft) : await newestContent(configurationId, deps);
  const adopted = differences.map(({ key }) => key);
  const request = {
    operation: 'save_configuration_draft' as const,
    ...content,
    configurationId,
    generation,
    settings: withObserved(content.settings, differences),
    unset: content.unset.filter((named) => !adopted.some((key) => covers(named, key))),
  };
  await performOnConfigurations({ ...call, request }, new Map(), deps);
  return `saved in the draft of ${configurationId}; it holds once it is published`;
}

async function newestContent(
  configurationId: string,
  { configurations }: OperationDeps,
): Promise<ConfigurationContent> {
  const ref = { configurationId, version: headOf(await configurations.catalogue(), configurationId) };
  const version = (await configurations.versions([ref])).get(nameOf(ref));
  return version ? contentOf(version) : { parents: [], settings: {}, variants: {}, unset: [], locked: [] };
}

interface Adoption {
  readonly drift: InstanceDrift;
  readonly group: Group;
  readonly differences: readonly DriftDifference[];
}

async function intoOverride(call: Call, { drift, group, differences }: Adoption, deps: OperationDeps): Promise<string> {
  const { groupId, serverOverrides } = group;
  const { serverId } = drift;
  const stated = LaunchSettings.safeParse(ownValue(serverOverrides, serverId) ?? {});
  const override = withObserved(stated.success ? stated.data : {}, differences);
  const request = {
    operation: 'update_protection_group' as const,
    groupId,
    // All overrides are stated: one that somebody else changed meanwhile is not to be undone.
    generation: group.generation,
    serverOverrides: { ...serverOverrides, [serverId]: override } as Record<string, LaunchSettings>,
  };
  await changeProtectionGroup({ ...call, request }, group, deps);
  return `the override of ${serverId} in group ${groupId}`;
}

/** Settings with what AWS has for the keys that differ; null for what it does not have. */
function withObserved(settings: LaunchSettings, differences: readonly DriftDifference[]): LaunchSettings {
  const stated = new Map(keysOf(settings));
  for (const { key, observed } of differences) stated.set(key, observed ?? null);
  const { success, data, error } = LaunchSettings.safeParse(settingsOf(stated));
  if (success) return data;
  const [issue] = error.issues;
  const path = String(issue?.path[0] ?? 'keys');
  throw new NotFeasibleError('keys', path, `what AWS has for ${path} cannot be stated`, issue?.message ?? 'other keys');
}
