import type { ConfigurationRef } from '@prelaunch/contracts/configuration';
import type { LaunchSettings } from '@prelaunch/contracts/launch-settings';
import type {
  ResolveConfigurationRequest,
  ResolveConfigurationResponse,
} from '@prelaunch/contracts/operations/configurations';
import type { Group } from '../group/group.ts';
import { isDefined } from '../group/group.ts';
import { GroupNotFoundError, InvalidDefinitionError } from '../group/group-errors.ts';
import { headsFor } from '../group/inheritance.ts';
import { notMember } from '../group/members.ts';
import { startOf } from '../group/settle-inheritance.ts';
import { type EffectiveSettings, effectiveSettings, type StatedLayer } from '../settings/effective-settings.ts';
import { HASH_VERSION, hashSettings } from '../settings/normalize-settings.ts';
import { chosenBinding } from './choose-binding.ts';
import { type Catalogue, type ConfigurationVersion, headOf, isPublished } from './configuration.ts';
import {
  ConfigurationNotFoundError,
  UnboundUserError,
  UnresolvableError,
  VersionNotFoundError,
} from './configuration-errors.ts';
import { type GraphView, graphViewOf } from './graph-view.ts';
import { NOTHING_INHERITED } from './inherited-settings.ts';
import { loadGraph } from './load-graph.ts';
import type { BindingStore, ConfigurationStore } from './ports.ts';
import { type ConfigurationGraph, headsIn } from './snapshot.ts';

interface Deps {
  readonly configurations: Pick<ConfigurationStore, 'catalogue' | 'versions'>;
  readonly bindings: Pick<BindingStore, 'of'>;
}

/** Where resolution begins, and what is nearer than all that is inherited. */
interface Beginning {
  readonly configuration: ConfigurationRef | undefined;
  readonly bindingId?: string;
  readonly layers: readonly StatedLayer[];
  readonly heads: ConfigurationGraph['heads'];
}

/** What comes of resolving, without the words that the API has for it. */
export interface Resolution {
  readonly effective: EffectiveSettings;
  readonly path: readonly ConfigurationVersion[];
}

/**
 * The effective settings of a user, a configuration, a group or one of its servers: what a launch would get now, and why. Reads the
 * catalogue once. Nobody gets a configuration that nothing names for them.
 */
export async function resolveConfiguration(
  request: ResolveConfigurationRequest,
  group: Group | undefined,
  deps: Deps,
): Promise<ResolveConfigurationResponse> {
  const catalogue = await deps.configurations.catalogue();
  const { configuration, bindingId, layers, heads } = await beginning(request, group, catalogue, deps);
  const refs = configuration ? [configuration] : [];
  const graph = await loadGraph(refs, catalogue, deps.configurations, heads);
  const stated = [...layers, ...overridesOf(request.overrides)];
  const { instanceType } = request;
  const { effective, path } = resolved(configuration, graphViewOf(graph), { stated, instanceType });
  const { settings, problems } = effective;
  return {
    configuration: configuration ?? null,
    bindingId: bindingId ?? null,
    settings,
    path: path.map(({ configurationId, version }) => ({ configurationId, version })),
    provenance: effective.provenance(),
    problems: [...problems],
    catalogueRevision: catalogue.revision,
    configHash: hashSettings(settings),
    hashVersion: HASH_VERSION,
  };
}

/** Pure: the same graph and the same statements come to the same. Throws `UnresolvableError`, naming the configurations. */
export function resolved(
  configuration: ConfigurationRef | undefined,
  view: GraphView,
  { stated, instanceType }: { stated: readonly StatedLayer[]; instanceType?: string | undefined },
): Resolution {
  if (!configuration) return { effective: effectiveSettings(NOTHING_INHERITED, stated, instanceType), path: [] };
  const lineage = view.lineageOf(configuration);
  if (lineage.kind === 'none') throw new UnresolvableError(lineage.problem);
  const inherited = view.inheritedBy(configuration) ?? NOTHING_INHERITED;
  return { effective: effectiveSettings(inherited, stated, instanceType), path: lineage.path };
}

async function beginning(
  { configurationId, version, userId, userGroups, groupId, serverId }: ResolveConfigurationRequest,
  group: Group | undefined,
  catalogue: Catalogue,
  deps: Deps,
): Promise<Beginning> {
  if (groupId !== undefined) return beginningOf(knownGroup(groupId, group), serverId, catalogue, deps);
  const heads = headsIn(catalogue);
  if (configurationId !== undefined) {
    if (headOf(catalogue, configurationId) === 0) throw new ConfigurationNotFoundError(configurationId);
    if (version !== undefined && !isPublished(catalogue, { configurationId, version }))
      throw new VersionNotFoundError('version', configurationId, version);
    return { configuration: { configurationId, ...(version !== undefined && { version }) }, layers: [], heads };
  }
  const binding = chosenBinding(
    await deps.bindings.of([
      { kind: 'user', id: userId ?? '' },
      ...userGroups.map((id) => ({ kind: 'userGroup', id }) as const),
      { kind: 'default' },
    ]),
  );
  if (!binding) throw new UnboundUserError(userId ?? '');
  return { configuration: binding.configuration, bindingId: binding.bindingId, layers: [], heads };
}

/** A group that a stopped rollout holds back gets what it has. */
async function beginningOf(
  group: Group,
  serverId: string | undefined,
  catalogue: Catalogue,
  deps: Deps,
): Promise<Beginning> {
  if (serverId !== undefined && !group.serverIds.includes(serverId))
    throw new InvalidDefinitionError([notMember(serverId, 'serverId')]);
  const start = await startOf(group, deps);
  const { launchConfig, serverOverrides } = group;
  const own = serverId === undefined ? undefined : serverOverrides[serverId];
  return {
    configuration: start?.configuration,
    ...(start?.bindingId !== undefined && { bindingId: start.bindingId }),
    layers: [
      { at: 'launchConfig', by: { layer: 'launchConfig' }, stated: launchConfig },
      { at: `serverOverrides.${serverId}`, by: { layer: 'serverOverrides' }, stated: own },
    ],
    heads: headsFor(catalogue, group.inherits?.followed ?? []),
  };
}

function knownGroup(groupId: string, group: Group | undefined): Group {
  if (!isDefined(group)) throw new GroupNotFoundError(groupId);
  return group;
}

function overridesOf(overrides: LaunchSettings | undefined): StatedLayer[] {
  return overrides === undefined ? [] : [{ at: 'overrides', by: { layer: 'overrides' }, stated: overrides }];
}
