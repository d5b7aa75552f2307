import { FieldError, ProblemError } from '../problem-error.ts';
import type { Problem } from '../settings/problems.ts';

export class GroupNotFoundError extends FieldError {
  override readonly name = 'GroupNotFoundError';

  constructor(groupId: string) {
    super('group.not_found', `protection group ${groupId} does not exist`, {
      path: 'groupId',
      value: groupId,
      allowed: 'the id of a protection group',
    });
  }
}

export class GroupExistsError extends FieldError {
  override readonly name = 'GroupExistsError';

  constructor(groupId: string) {
    super('group.exists', `protection group ${groupId} exists already`, {
      path: 'groupId',
      value: groupId,
      allowed: 'an id that no group has; update the group to change it',
    });
  }
}

/** Somebody changed the group after the caller looked at it. */
export class GenerationMismatchError extends FieldError {
  override readonly name = 'GenerationMismatchError';
  readonly current: number;

  constructor(groupId: string, expected: number, current: number) {
    super(
      'group.generation_mismatch',
      `protection group ${groupId} is at generation ${current}, not ${expected}: look at it and decide again`,
      { path: 'generation', value: expected, allowed: String(current) },
    );
    this.current = current;
  }
}

/** A definition that could never be applied: the first problem's code, and all problems. */
export class InvalidDefinitionError extends ProblemError {
  override readonly name = 'InvalidDefinitionError';
  readonly code: Problem['code'];
  readonly problems: readonly Problem[];

  constructor(problems: readonly [Problem, ...Problem[]]) {
    super(problems.map(({ message }) => message).join('; '));
    this.code = problems[0].code;
    this.problems = problems;
  }
}
