import type { ConfigurationRef } from '@prelaunch/contracts/configuration';
import { chosenBinding } from '../configuration/choose-binding.ts';
import type { Catalogue } from '../configuration/configuration.ts';
import { type Lineage, lineages } from '../configuration/graph.ts';
import { inheritedFrom, NOTHING_INHERITED } from '../configuration/inherited-settings.ts';
import { loadGraph } from '../configuration/load-graph.ts';
import type { BindingStore, ConfigurationStore } from '../configuration/ports.ts';
import type { Inherited } from '../settings/effective-settings.ts';
import type { Problem } from '../settings/problems.ts';
import { type Group, isLagging } from './group.ts';
import { headsFor, type Inherits } from './inheritance.ts';
import type { GroupStore } from './ports.ts';

export interface InheritanceDeps {
  readonly configurations: Pick<ConfigurationStore, 'catalogue' | 'versions'>;
  readonly bindings: Pick<BindingStore, 'of'>;
}

/** What the servers of a group inherit, or why that cannot be told. */
export interface GroupInheritance {
  readonly inherited: Inherited;
  readonly problem?: Problem;
}

const NOTHING: GroupInheritance = { inherited: NOTHING_INHERITED };

/** Where a group begins: what it names, or what it is bound to. */
export interface Start {
  readonly configuration: ConfigurationRef;
  readonly bindingId?: string;
}

/** What a generation of a group inherits, with the group as it is stored now. */
export interface Settled extends GroupInheritance {
  readonly group: Group;
}

/**
 * Fixes what the newest generation of a group inherits, once: should planning stop half-way and begin again, the servers that were
 * planned before and those after it have the same versions. Undefined when somebody else wrote the group first.
 */
export async function settleInheritance(
  group: Group,
  deps: InheritanceDeps & { readonly groups: GroupStore },
): Promise<Settled | undefined> {
  if (!isLagging(group) || group.inherits?.generation === group.generation)
    return { group, ...(await inheritanceOf(group.inherits, deps)) };
  const start = await startOf(group, deps);
  if (!start && !group.inherits) return { group, ...NOTHING };
  // Who began with nothing fixed may be planning still, without the binding: it is another generation that has it.
  const begun =
    !group.inherits && start?.bindingId !== undefined ? { ...group, generation: group.generation + 1 } : group;
  const found = start ? await newest(begun, start, deps) : { ...NOTHING, inherits: undefined };
  const { inherits: _earlier, ...others } = begun;
  const fixed: Group = { ...others, ...(found.inherits && { inherits: found.inherits }) };
  if (!(await deps.groups.save(fixed))) return undefined;
  return { ...found, group: { ...fixed, version: fixed.version + 1 } };
}

/** What is inherited by those who were planned with these versions. */
export async function inheritanceOf(
  inherits: Inherits | undefined,
  { configurations }: Pick<InheritanceDeps, 'configurations'>,
): Promise<GroupInheritance> {
  if (!inherits) return NOTHING;
  const { configuration, followed } = inherits;
  const catalogue = asPlanned(await configurations.catalogue(), followed);
  const own = new Map(followed.map(({ configurationId, version }) => [configurationId, version]));
  const heads = (configurationId: string) => own.get(configurationId) ?? 0;
  return inheritanceBy(lineages(await loadGraph([configuration], catalogue, configurations, heads))(configuration));
}

/** A version that somebody pinned before it was published stays unknown to those who were planned then. */
function asPlanned(catalogue: Catalogue, followed: Inherits['followed']): Catalogue {
  const heads = followed.map(({ configurationId, version }) => {
    const head = Object.hasOwn(catalogue.heads, configurationId) ? catalogue.heads[configurationId] : undefined;
    return [configurationId, { ...head, version }] as const;
  });
  return { ...catalogue, heads: { ...catalogue.heads, ...Object.fromEntries(heads) } };
}

/** Nobody inherits for a group that is gone. */
export async function startOf(
  { configuration, groupId, deletedAt }: Pick<Group, 'configuration' | 'groupId' | 'deletedAt'>,
  { bindings }: Pick<InheritanceDeps, 'bindings'>,
): Promise<Start | undefined> {
  if (deletedAt !== undefined) return undefined;
  if (configuration) return { configuration };
  const binding = chosenBinding(await bindings.of([{ kind: 'protectionGroup', id: groupId }]));
  return binding && { configuration: binding.configuration, bindingId: binding.bindingId };
}

/** What a group would inherit that is defined like this now, or why that cannot be told. */
export async function inheritanceNow(
  group: Pick<Group, 'configuration' | 'groupId' | 'deletedAt' | 'inherits'>,
  deps: InheritanceDeps,
): Promise<GroupInheritance> {
  const start = await startOf(group, deps);
  return start ? newest({ ...group, generation: 0 }, start, deps) : NOTHING;
}

/** What a group would inherit that is defined like this now; nothing where that cannot be told. */
export async function wouldInherit(...asked: Parameters<typeof inheritanceNow>): Promise<Inherited> {
  return (await inheritanceNow(...asked)).inherited;
}

interface Newest extends GroupInheritance {
  readonly inherits: Inherits;
}

async function newest(
  group: Pick<Group, 'generation' | 'inherits'>,
  start: Start,
  { configurations }: InheritanceDeps,
): Promise<Newest> {
  const catalogue = await configurations.catalogue();
  const heads = headsFor(catalogue, group.inherits?.followed ?? []);
  const graph = await loadGraph([start.configuration], catalogue, configurations, heads);
  const lineage = lineages(graph)(start.configuration);
  const followed =
    lineage.kind === 'path'
      ? lineage.followed
      : lineage.problem.concerns.map((configurationId) => ({ configurationId, version: heads(configurationId) }));
  const inherits = { generation: group.generation, ...start, followed, revision: catalogue.revision };
  return { ...inheritanceBy(lineage), inherits };
}

function inheritanceBy(lineage: Lineage): GroupInheritance {
  if (lineage.kind === 'path') return { inherited: inheritedFrom(lineage.path) };
  const { concerns: _concerns, ...problem } = lineage.problem;
  return { inherited: NOTHING_INHERITED, problem };
}
