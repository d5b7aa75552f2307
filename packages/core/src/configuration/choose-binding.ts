import type { BindingSubject } from '@prelaunch/contracts/operations/bindings';
import type { StoredBinding } from './ports.ts';

/** Which kind of subject goes before which. */
const KINDS: readonly BindingSubject['kind'][] = ['protectionGroup', 'user', 'userGroup', 'default'];

/** The binding that holds: of a user before those of groups of users, then the highest priority, then the first id. */
export function chosenBinding(bindings: readonly StoredBinding[]): StoredBinding | undefined {
  const [first, ...others] = bindings;
  if (!first) return undefined;
  return others.reduce((best, binding) => (isBefore(binding, best) ? binding : best), first);
}

function isBefore(one: StoredBinding, other: StoredBinding): boolean {
  const byKind = KINDS.indexOf(one.subject.kind) - KINDS.indexOf(other.subject.kind);
  if (byKind !== 0) return byKind < 0;
  if (one.priority !== other.priority) return one.priority > other.priority;
  return one.bindingId < other.bindingId;
}

/** `user:alice:10`. One subject has one binding of a priority, so this names it. */
export function bindingIdOf(subject: BindingSubject, priority: number): string {
  return subject.kind === 'default' ? `default:${priority}` : `${subject.kind}:${subject.id}:${priority}`;
}

/** The subject and the priority that an id names; undefined where it is no such id. */
export function bindingNamed(bindingId: string): { subject: BindingSubject; priority: number } | undefined {
  const [, kind, id, digits = ''] = /^([a-zA-Z]+)(?::(.+))?:(\d{1,4})$/s.exec(bindingId) ?? [];
  const priority = Number(digits);
  if (kind === 'default' && id === undefined) return { subject: { kind }, priority };
  if (id === undefined) return undefined;
  if (kind === 'user' || kind === 'userGroup' || kind === 'protectionGroup') return { subject: { kind, id }, priority };
  return undefined;
}

/** Those of protection groups, by the id of the group. */
export function groupBindings(bindings: readonly StoredBinding[]): Map<string, StoredBinding[]> {
  const found = new Map<string, StoredBinding[]>();
  for (const binding of bindings) {
    if (binding.subject.kind !== 'protectionGroup') continue;
    found.set(binding.subject.id, [...(found.get(binding.subject.id) ?? []), binding]);
  }
  return found;
}
