import type { AccessDecision, AccessGate, AccessQuestion } from '@prelaunch/core/access/gate';

const DECISIONS_MAX = 1000;

/**
 * The same gate, which does not think twice: a decision depends on its question alone. Those who look at a status again and again
 * ask the same each time.
 */
export function rememberedDecisions(gate: AccessGate): AccessGate {
  const decisions = new Map<string, AccessDecision>();
  return {
    decide(question) {
      const key = keyOf(question);
      const known = decisions.get(key);
      if (known) return known;
      if (decisions.size >= DECISIONS_MAX) decisions.clear();
      const decision = gate.decide(question);
      decisions.set(key, decision);
      return decision;
    },
  };
}

/** All of a question that a decision may depend on, and nothing else. */
function keyOf({ principal, action, resource, isDrill = false }: AccessQuestion): string {
  const tags = resource.kind === 'group' ? Object.entries(resource.tags).sort() : [];
  const groupId = resource.kind === 'group' ? resource.groupId : '';
  return JSON.stringify([principal.id, principal.grantees, action, resource.kind, groupId, tags, isDrill]);
}
