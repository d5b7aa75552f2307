import type { BindingSubject } from '@prelaunch/contracts/operations/bindings';
import type { BindingStore, StoredBinding } from '@prelaunch/core/configuration/ports';
import { countedItems } from './counted-items.ts';

/** Bindings in memory, by subject and priority as in the table. */
export function memoryBindingStore(): BindingStore {
  const bindings = countedItems<StoredBinding>(
    ({ version }) => version,
    (binding, version) => ({ ...binding, version }),
  );
  const keyOf = ({ subject, priority }: StoredBinding) => `${priority} ${nameOf(subject)}`;
  return {
    async of(subjects) {
      const names = new Set(subjects.map(nameOf));
      return bindings.all().filter(({ subject }) => names.has(nameOf(subject)));
    },
    all: async () => bindings.all(),
    save: async (binding) => bindings.save(keyOf(binding), binding),
    delete: async (binding) => bindings.delete(keyOf(binding), binding),
  };
}

function nameOf(subject: BindingSubject): string {
  return `${subject.kind}#${subject.kind === 'default' ? '' : subject.id}`;
}
