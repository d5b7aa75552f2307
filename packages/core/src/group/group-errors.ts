import { ProblemError } from '../problem-error.ts';
import type { Problem } from '../settings/problems.ts';

export class GroupNotFoundError extends ProblemError {
  override readonly name = 'GroupNotFoundError';
  readonly code = 'group.not_found';
  readonly problems: readonly Problem[];

  constructor(groupId: string) {
    super(`protection group ${groupId} does not exist`);
    const allowed = 'the id of a protection group';
    this.problems = [{ code: this.code, message: this.message, path: 'groupId', value: groupId, allowed }];
  }
}

export class GroupExistsError extends ProblemError {
  override readonly name = 'GroupExistsError';
  readonly code = 'group.exists';
  readonly problems: readonly Problem[];

  constructor(groupId: string) {
    super(`protection group ${groupId} exists already`);
    const allowed = 'an id that no group has; update the group to change it';
    this.problems = [{ code: this.code, message: this.message, path: 'groupId', value: groupId, allowed }];
  }
}

/** Somebody changed the group after the caller looked at it. */
export class GenerationMismatchError extends ProblemError {
  override readonly name = 'GenerationMismatchError';
  readonly code = 'group.generation_mismatch';
  readonly problems: readonly Problem[];
  readonly current: number;

  constructor(groupId: string, expected: number, current: number) {
    super(`protection group ${groupId} is at generation ${current}, not ${expected}: look at it and decide again`);
    this.current = current;
    const allowed = String(current);
    this.problems = [{ code: this.code, message: this.message, path: 'generation', value: expected, allowed }];
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
