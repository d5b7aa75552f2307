import { type Grant, ROLES } from '@prelaunch/contracts/access';
import { KEY_CLASSES } from '@prelaunch/contracts/configuration';
import type { AccessAction, AccessGate, AccessQuestion, Publishing } from '@prelaunch/core/access/gate';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cedarGate } from './cedar-gate.ts';
import { ACTIONS, configuration, estate, group, question, somebody } from './testing/questions.ts';

const GRANTEES = ['cognito-group:a', 'iam:arn:aws:iam::111111111111:role/b', 'caller:c'];
const IDS = ['payments', 'ledger', 'web'];
const TAGS = { team: ['x', 'y'], 'prelaunch:protected': ['true', 'false'] };

const tags = fc.record(
  {
    team: fc.constantFrom(...TAGS.team),
    'prelaunch:protected': fc.constantFrom(...TAGS['prelaunch:protected']),
  },
  { requiredKeys: [] },
);
const to = fc.constantFrom(...GRANTEES);
const role = fc.constantFrom(...ROLES);
const groups = fc.subarray(IDS, { minLength: 1 });
const scopeTags = tags.filter((some) => Object.keys(some).length > 0);
const grant: fc.Arbitrary<Grant> = fc.oneof(
  fc.record({ to, role }),
  fc.record({ to, role, groups }),
  fc.record({ to, role, tags: scopeTags }),
  fc.record({ to, role, groups, tags: scopeTags }),
  fc.record({ to, role, configurations: groups }),
  fc.record({ to, role, groups, configurations: groups }),
);
const grants = fc.array(grant, { maxLength: 4 });

const resource = fc.oneof(
  fc.constant(estate),
  fc.tuple(fc.constantFrom(...IDS), tags).map(([id, carried]) => group(id, carried)),
  fc.constantFrom(...IDS).map(configuration),
);
const publishing: fc.Arbitrary<Publishing> = fc.record({
  changedServers: fc.oneof(fc.nat(60), fc.maxSafeNat()),
  keyClasses: fc.subarray([...KEY_CLASSES]),
  isOwn: fc.boolean(),
});
/** More often the one with most to decide by. */
const actions = fc.oneof(
  { weight: 7, arbitrary: fc.constantFrom(...ACTIONS) },
  { weight: 1, arbitrary: fc.constant('publish_configuration' as const) },
);
const asked: fc.Arbitrary<AccessQuestion> = fc
  .tuple(fc.subarray(GRANTEES), actions, resource, fc.option(publishing, { nil: undefined }))
  .map(([grantees, action, of, what]) => ({
    ...question(somebody(...grantees), action, of),
    ...(what && { publishing: what }),
  }));
const manyAsked = fc.array(asked, { minLength: 20, maxLength: 40 });

const LISTS: readonly AccessAction[] = ['list_protection_groups', 'list_configurations', 'list_instance_drift'];
const RUNS = { numRuns: 60 };

function gateOf(given: readonly Grant[]): AccessGate {
  return cedarGate({ grants: [...given] });
}

/** A second reading of what scopes mean. */
function isCovered(scope: Grant, { resource: of, action }: AccessQuestion): boolean {
  const { groups: ids, tags: carried, configurations } = scope;
  if ((!ids && !carried && !configurations) || (of.kind === 'estate' && LISTS.includes(action))) return true;
  switch (of.kind) {
    case 'estate':
      return false;
    case 'configuration':
      return (configurations ?? []).includes(of.configurationId);
    case 'group':
      return (
        (ids ?? []).includes(of.groupId) || Object.entries(carried ?? {}).some(([key, value]) => of.tags[key] === value)
      );
  }
}

/** And of what is forbidden to everybody. */
function isForbidden({ resource: of, action, publishing: what }: AccessQuestion): boolean {
  if (action === 'publish_configuration') {
    const { isOwn = false, changedServers = 0, keyClasses = [] } = what ?? {};
    return isOwn && (changedServers >= 25 || keyClasses.includes('critical'));
  }
  return of.kind === 'group' && action === 'delete_protection_group' && of.tags['prelaunch:protected'] === 'true';
}

describe('the gate, whatever is granted and asked', () => {
  it('allows nothing without a grant', () => {
    const gate = gateOf([]);
    fc.assert(
      fc.property(asked, (about) => {
        expect(gate.decide(about).allowed).toBe(false);
      }),
    );
  });

  it('allows nothing to those who were not given anything', () => {
    fc.assert(
      fc.property(grants, manyAsked, (given, about) => {
        const gate = gateOf(given);
        for (const one of about.filter(({ principal }) => !given.some((some) => principal.grantees.includes(some.to))))
          expect(gate.decide(one).allowed).toBe(false);
      }),
      RUNS,
    );
  });

  it('takes nothing away when something is granted', () => {
    fc.assert(
      fc.property(grants, grant, fc.nat(4), manyAsked, (given, another, place, about) => {
        const [before, after] = [gateOf(given), gateOf(given.toSpliced(place, 0, another))];
        for (const one of about) if (before.decide(one).allowed) expect(after.decide(one).allowed).toBe(true);
      }),
      RUNS,
    );
  });

  it('allows nothing outside of what grants cover', () => {
    fc.assert(
      fc.property(grants, manyAsked, (given, about) => {
        const gate = gateOf(given);
        for (const one of about.filter((some) => !given.some((scope) => isCovered(scope, some))))
          expect(gate.decide(one).allowed).toBe(false);
      }),
      RUNS,
    );
  });

  it('decides for a role in a scope as for the role everywhere, where the scope reaches and nothing is forbidden', () => {
    fc.assert(
      fc.property(grants, manyAsked, (given, about) => {
        const gate = gateOf(given);
        const everywhere = given.map((one) => gateOf([{ to: one.to, role: one.role }]));
        for (const one of about) {
          // Without what publishing would do, which is for forbids to look at.
          const { publishing: _, ...first } = one;
          const permits = (role?: AccessGate) => role?.decide(first).allowed;
          const permitted = given.some((some, index) => isCovered(some, one) && permits(everywhere[index]));
          expect(gate.decide(one).allowed).toBe(permitted && !isForbidden(one));
        }
      }),
      RUNS,
    );
  });

  it('does not look at labels, nor at ids', () => {
    fc.assert(
      fc.property(grants, asked, fc.string(), fc.string(), (given, about, label, id) => {
        const gate = gateOf(given);
        const other = { ...about, principal: { ...about.principal, label, id } };
        expect(gate.decide(other)).toEqual(gate.decide(about));
      }),
      RUNS,
    );
  });

  it('takes no tag for another, whatever signs they hold', () => {
    const text = fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('"', '":"', '{}', '\\', '__proto__', 'a=b'));
    fc.assert(
      fc.property(fc.tuple(text, text), fc.tuple(text, text), (scope, carried) => {
        const gate = gateOf([{ to: 'caller:c', role: 'viewer', tags: Object.fromEntries([scope]) }]);
        const may = (tag: [string, string]) =>
          gate.decide(question(somebody('caller:c'), 'get_protection_group', group('web', Object.fromEntries([tag]))))
            .allowed;
        expect(may(scope)).toBe(true);
        expect(may(carried)).toBe(scope[0] === carried[0] && scope[1] === carried[1]);
      }),
      RUNS,
    );
  });
});
