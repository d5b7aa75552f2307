import type { ErrorCode } from '@prelaunch/contracts/error-codes';
import type { PublishPlan, PublishProblem } from '@prelaunch/contracts/operations/configurations';
import { ProblemError } from '../problem-error.ts';
import type { Problem } from '../settings/problems.ts';

export class ConfigurationNotFoundError extends ProblemError {
  override readonly name = 'ConfigurationNotFoundError';
  readonly code = 'configuration.not_found';
  readonly problems: readonly Problem[];

  constructor(configurationId: string) {
    super(`configuration ${configurationId} does not exist, or has not been published`);
    const allowed = 'the id of a configuration that was published';
    this.problems = [
      { code: this.code, message: this.message, path: 'configurationId', value: configurationId, allowed },
    ];
  }
}

export class VersionNotFoundError extends ProblemError {
  override readonly name = 'VersionNotFoundError';
  readonly code = 'configuration.not_found';
  readonly problems: readonly Problem[];

  constructor(path: string, configurationId: string, version: number) {
    super(`configuration ${configurationId} has no version ${version}`);
    const allowed = 'a version that was published';
    this.problems = [{ code: this.code, message: this.message, path, value: version, allowed }];
  }
}

export class DraftNotFoundError extends ProblemError {
  override readonly name = 'DraftNotFoundError';
  readonly code = 'configuration.draft_not_found';
  readonly problems: readonly Problem[];

  constructor(configurationId: string) {
    super(`configuration ${configurationId} has no draft`);
    const allowed = 'a configuration with a draft; save one first';
    this.problems = [
      { code: this.code, message: this.message, path: 'configurationId', value: configurationId, allowed },
    ];
  }
}

/** Somebody saved the draft after the caller looked at it. */
export class DraftMismatchError extends ProblemError {
  override readonly name = 'DraftMismatchError';
  readonly code = 'configuration.draft_mismatch';
  readonly problems: readonly Problem[];
  readonly current: number;

  constructor(configurationId: string, expected: number, current: number) {
    super(`the draft of ${configurationId} is at generation ${current}, not ${expected}: look at it and decide again`);
    this.current = current;
    const allowed = String(current);
    this.problems = [{ code: this.code, message: this.message, path: 'generation', value: expected, allowed }];
  }
}

/** Somebody published after the draft was saved. */
export class DraftOutdatedError extends ProblemError {
  override readonly name = 'DraftOutdatedError';
  readonly code = 'configuration.draft_outdated';
  readonly problems: readonly Problem[];

  constructor(configurationId: string, basedOn: number, head: number) {
    super(`the draft of ${configurationId} is based on version ${basedOn}, and the newest is ${head}`);
    const allowed = `a draft based on version ${head}: compare them, and save the draft again`;
    this.problems = [{ code: this.code, message: this.message, path: 'configurationId', value: basedOn, allowed }];
  }
}

/** What was agreed to is not what would happen now. */
export class PlanOutdatedError extends ProblemError {
  override readonly name = 'PlanOutdatedError';
  readonly code = 'configuration.plan_outdated';
  readonly problems: readonly Problem[];
  /** As it is now. */
  readonly plan: PublishPlan;

  constructor(planHash: string, plan: PublishPlan) {
    super('the plan is outdated: the draft, the graph or the groups have changed since; look at the new one');
    this.plan = plan;
    this.problems = [
      { code: this.code, message: this.message, path: 'planHash', value: planHash, allowed: plan.planHash },
    ];
  }
}

/** What cannot be published, with every reason. */
export class PublishRefusedError extends ProblemError {
  override readonly name = 'PublishRefusedError';
  readonly code: ErrorCode;
  readonly problems: readonly Problem[];

  constructor(problems: readonly [PublishProblem, ...PublishProblem[]]) {
    super(problems.map(({ message }) => message).join('; '));
    this.problems = problems as readonly Problem[];
    this.code = this.problems[0]?.code ?? 'configuration.unchanged';
  }
}

/** Somebody else has to publish it. */
export class ApprovalNeededError extends ProblemError {
  override readonly name = 'ApprovalNeededError';
  readonly code = 'configuration.approval_needed';
  readonly problems: readonly Problem[];

  constructor(configurationId: string, because: readonly string[]) {
    super(
      `the draft of ${configurationId} has to be published by somebody who did not write it: ${because.join(', ')}`,
    );
    const allowed = 'somebody who may publish and has not saved this draft';
    this.problems = [
      { code: this.code, message: this.message, path: 'configurationId', value: configurationId, allowed },
    ];
  }
}

/** What is to be deleted is used. */
export class ConfigurationInUseError extends ProblemError {
  override readonly name = 'ConfigurationInUseError';
  readonly code = 'configuration.in_use';
  readonly problems: readonly Problem[];

  constructor(configurationId: string, users: readonly string[]) {
    super(`configuration ${configurationId} is used by ${users.join(', ')}`);
    const allowed = 'a configuration that nothing uses; take it out of these first';
    this.problems = [
      { code: this.code, message: this.message, path: 'configurationId', value: users.join(', '), allowed },
    ];
  }
}

export class RolloutNotStoppedError extends ProblemError {
  override readonly name = 'RolloutNotStoppedError';
  readonly code = 'configuration.rollout_not_stopped';
  readonly problems: readonly Problem[];

  constructor(configurationId: string) {
    super(`no rollout of ${configurationId} was stopped`);
    const allowed = 'a configuration whose rollout was stopped';
    this.problems = [
      { code: this.code, message: this.message, path: 'configurationId', value: configurationId, allowed },
    ];
  }
}

export class BindingExistsError extends ProblemError {
  override readonly name = 'BindingExistsError';
  readonly code = 'binding.exists';
  readonly problems: readonly Problem[];

  constructor(bindingId: string, priority: number) {
    super(`binding ${bindingId} exists already: two of one subject cannot have the same priority`);
    const allowed = `another priority, or an update of ${bindingId}`;
    this.problems = [{ code: this.code, message: this.message, path: 'priority', value: priority, allowed }];
  }
}

export class BindingNotFoundError extends ProblemError {
  override readonly name = 'BindingNotFoundError';
  readonly code = 'binding.not_found';
  readonly problems: readonly Problem[];

  constructor(bindingId: string) {
    super(`binding ${bindingId} does not exist`);
    const allowed = 'the id of a binding';
    this.problems = [{ code: this.code, message: this.message, path: 'bindingId', value: bindingId, allowed }];
  }
}

/** Nothing says where to begin for a user. */
export class UnboundUserError extends ProblemError {
  override readonly name = 'UnboundUserError';
  readonly code = 'binding.unknown_subject';
  readonly problems: readonly Problem[];

  constructor(userId: string) {
    super(`neither ${userId} nor a group of theirs is bound to a configuration, and there is no default binding`);
    const allowed = 'a user with a binding; bind them, one of their groups, or the default';
    this.problems = [{ code: this.code, message: this.message, path: 'userId', value: userId, allowed }];
  }
}

/** What is asked for begins at a configuration that cannot be resolved. */
export class UnresolvableError extends ProblemError {
  override readonly name = 'UnresolvableError';
  readonly code: ErrorCode;
  readonly problems: readonly Problem[];

  constructor({ code, message, path, value, allowed }: Problem) {
    super(message);
    this.code = code;
    this.problems = [{ code, message, path, value, allowed }];
  }
}

/** What is named in a request and does not exist. */
export function unknownConfiguration(path: string, name: string): Problem {
  return {
    code: 'configuration.unknown',
    message: `configuration ${name} does not exist`,
    path,
    value: name,
    allowed: 'a version that was published of a configuration that exists',
  };
}
