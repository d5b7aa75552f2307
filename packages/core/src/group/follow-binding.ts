import { isDeepStrictEqual } from 'node:util';
import { chosenBinding } from '../configuration/choose-binding.ts';
import type { BindingStore, StoredBinding } from '../configuration/ports.ts';
import { demandReapply } from './accept-change.ts';
import { announce } from './announce.ts';
import { type Group, isDefined } from './group.ts';
import { groupChanged } from './group-changed.ts';
import { type EventPublisher, type GroupStore, getGroup } from './ports.ts';
import { updateItem } from './update-item.ts';

interface Deps {
  readonly groups: GroupStore;
  readonly bindings: Pick<BindingStore, 'of'>;
  readonly events: EventPublisher;
}

/** True when a group was planned with another binding than the one that holds for it now, or with one that is gone. */
export function isBoundElsewhere({ configuration, inherits }: Group, binding: StoredBinding | undefined): boolean {
  if (configuration) return false;
  if (!binding) return inherits !== undefined;
  const { bindingId, configuration: bound } = binding;
  return inherits?.bindingId !== bindingId || !isDeepStrictEqual(inherits.configuration, bound);
}

/** Has a group planned again when another binding holds for it than before. */
export async function followBinding(
  groupId: string,
  by: Parameters<typeof demandReapply>[2],
  { groups, bindings, events }: Deps,
): Promise<void> {
  const binding = chosenBinding(await bindings.of([{ kind: 'protectionGroup', id: groupId }]));
  const saved = await updateItem(
    `group ${groupId}`,
    () => getGroup(groups, groupId),
    (group) => {
      // Also one that is being planned: that may have begun before the binding was there.
      const late = isDefined(group) && isBoundElsewhere(group, binding);
      return late ? demandReapply(group, 'changed', by) : undefined;
    },
    (group) => groups.save(group),
  );
  if (saved) await announce(groupChanged(saved), { events });
}
