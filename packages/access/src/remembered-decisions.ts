import type { AccessDecision, AccessGate, AccessQuestion, AccessResource } from '@prelaunch/core/access/gate';

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
function keyOf({ principal, action, resource, isDrill = false, publishing }: AccessQuestion): string {
  const tags = resource.kind === 'group' ? Object.entries(resource.tags).sort() : [];
  const publishes = publishing && [publishing.changedServers, publishing.keyClasses, publishing.isOwn];
  const about = [resource.kind, idOf(resource), tags, isDrill, publishes];
  return JSON.stringify([principal.id, principal.grantees, action, ...about]);
}

function idOf(resource: AccessResource): string {
  switch (resource.kind) {
    case 'estate':
      return '';
    case 'configuration':
      return resource.configurationId;
    case 'group':
      return resource.groupId;
  }
}
