import type { BindingSubject } from '@prelaunch/contracts/operations/bindings';
import { SubjectName } from '@prelaunch/contracts/operations/configurations';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { binding } from '../../../../tests/support/configurations.ts';
import { bindingIdOf, bindingNamed, chosenBinding, groupBindings } from './choose-binding.ts';

const printable = fc.string({ unit: fc.integer({ min: 0x20, max: 0x7e }).map((code) => String.fromCharCode(code)) });
const name = fc
  .oneof(printable, fc.constantFrom('a:1', ':', 'default', 'user:a:1', '0'))
  .filter((text) => SubjectName.safeParse(text).success);
const subject: fc.Arbitrary<BindingSubject> = fc.oneof(
  fc.record({ kind: fc.constantFrom('user', 'userGroup', 'protectionGroup'), id: name }),
  fc.constant({ kind: 'default' as const }),
);
const priority = fc.oneof(fc.nat({ max: 9999 }), fc.constantFrom(0, 1));

/** Few names and priorities, so that many are alike; but no two of one subject have the same priority. */
const fewSubjects: fc.Arbitrary<BindingSubject> = fc.oneof(
  fc.record({ kind: fc.constantFrom('user', 'userGroup', 'protectionGroup'), id: fc.constantFrom('a', 'b', 'c') }),
  fc.constant({ kind: 'default' as const }),
);
const anyBindings = fc.uniqueArray(
  fc
    .record({ subject: fewSubjects, priority: fc.constantFrom(0, 1) })
    .map((stated) => binding({ ...stated, bindingId: bindingIdOf(stated.subject, stated.priority) })),
  { selector: ({ bindingId }) => bindingId, maxLength: 8 },
);

describe('chosenBinding', () => {
  it('takes the nearest kind of subject, then the highest priority, then the first id', () => {
    const rank = { protectionGroup: 0, user: 1, userGroup: 2, default: 3 };
    fc.assert(
      fc.property(anyBindings, (bindings) => {
        const [first] = bindings.toSorted(
          (one, other) =>
            rank[one.subject.kind] - rank[other.subject.kind] ||
            other.priority - one.priority ||
            (one.bindingId < other.bindingId ? -1 : 1),
        );
        expect(chosenBinding(bindings)).toEqual(first);
      }),
    );
  });

  it('does not depend on the order in which bindings are found', () => {
    const shuffled = anyBindings.chain((bindings) =>
      fc.tuple(fc.constant(bindings), fc.shuffledSubarray(bindings, { minLength: bindings.length })),
    );
    fc.assert(
      fc.property(shuffled, ([bindings, other]) => {
        expect(chosenBinding(other)).toEqual(chosenBinding(bindings));
      }),
    );
  });
});

describe('bindingIdOf', () => {
  it('names each subject and priority differently, and is understood again', () => {
    fc.assert(
      fc.property(subject, priority, (one, number) => {
        expect(bindingNamed(bindingIdOf(one, number))).toEqual({ subject: one, priority: number });
      }),
      { numRuns: 2000 },
    );
  });
});

describe('bindingNamed', () => {
  it.each([
    '',
    'user',
    'user:alice',
    'user:alice:',
    'user::1',
    'user:alice:12345',
    'role:alice:1',
    'default',
    'default:x:1',
    ':1',
  ])('knows no subject in %j', (bindingId) => {
    expect(bindingNamed(bindingId)).toBeUndefined();
  });
});

describe('groupBindings', () => {
  it('has all of each protection group, and none of anybody else', () => {
    const of = (id: string, number: number) => binding({ subject: { kind: 'protectionGroup', id }, priority: number });
    const all = [of('a', 1), binding({ subject: { kind: 'user', id: 'a' } }), of('b', 1), of('a', 2)];
    expect(groupBindings(all)).toEqual(
      new Map([
        ['a', [of('a', 1), of('a', 2)]],
        ['b', [of('b', 1)]],
      ]),
    );
  });
});
