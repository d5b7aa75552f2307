import type { ConfigurationRef } from '@prelaunch/contracts/configuration';
import type { BindingSubject } from '@prelaunch/contracts/operations/bindings';
import { ContentionError } from '../errors.ts';
import { InvalidDefinitionError } from '../group/group-errors.ts';
import { bindingIdOf, bindingNamed } from './choose-binding.ts';
import { type Catalogue, headOf, isPublished, nameOf } from './configuration.ts';
import { BindingExistsError, BindingNotFoundError, unknownConfiguration } from './configuration-errors.ts';
import type { BindingStore, ConfigurationStore, StoredBinding } from './ports.ts';

interface Deps {
  readonly bindings: BindingStore;
  readonly configurations: Pick<ConfigurationStore, 'catalogue'>;
}

interface BindingAuthor {
  readonly by: string;
  readonly at: string;
}

/** Refuses a configuration that does not exist, or a version that was not published, naming the field. */
export function refuseUnknown({ configurationId, version }: ConfigurationRef, catalogue: Catalogue, path = ''): void {
  const at = (field: string) => (path === '' ? field : `${path}.${field}`);
  if (headOf(catalogue, configurationId) === 0)
    throw new InvalidDefinitionError([unknownConfiguration(at('configurationId'), configurationId)]);
  if (version !== undefined && !isPublished(catalogue, { configurationId, version }))
    throw new InvalidDefinitionError([unknownConfiguration(at('version'), nameOf({ configurationId, version }))]);
}

/** Binds a subject. Throws when it has a binding of this priority, or the configuration does not exist. */
export async function createBinding(
  { subject, priority, configuration }: { subject: BindingSubject; priority: number; configuration: ConfigurationRef },
  { by, at }: BindingAuthor,
  deps: Deps,
): Promise<StoredBinding> {
  refuseUnknown(configuration, await deps.configurations.catalogue());
  const bindingId = bindingIdOf(subject, priority);
  const binding = { bindingId, subject, priority, configuration, changedBy: by, changedAt: at, version: 0 };
  if (!(await deps.bindings.save(binding))) throw new BindingExistsError(bindingId, priority);
  return { ...binding, version: 1 };
}

/** Binds to another configuration, or to another version of it. */
export async function updateBinding(
  bindingId: string,
  configuration: ConfigurationRef,
  { by, at }: BindingAuthor,
  deps: Deps,
): Promise<StoredBinding> {
  refuseUnknown(configuration, await deps.configurations.catalogue());
  const before = await knownBinding(bindingId, deps);
  const changed = { ...before, configuration, changedBy: by, changedAt: at };
  if (!(await deps.bindings.save(changed))) throw new ContentionError(`binding ${bindingId}`);
  return { ...changed, version: changed.version + 1 };
}

/** Answers the binding that is gone now. */
export async function deleteBinding(bindingId: string, deps: Pick<Deps, 'bindings'>): Promise<StoredBinding> {
  const binding = await knownBinding(bindingId, deps);
  if (!(await deps.bindings.delete(binding))) throw new ContentionError(`binding ${bindingId}`);
  return binding;
}

async function knownBinding(bindingId: string, { bindings }: Pick<Deps, 'bindings'>): Promise<StoredBinding> {
  const named = bindingNamed(bindingId);
  const found = named && (await bindings.of([named.subject])).find((binding) => binding.bindingId === bindingId);
  if (!found) throw new BindingNotFoundError(bindingId);
  return found;
}
