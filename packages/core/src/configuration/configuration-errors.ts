import type { ErrorCode } from '@prelaunch/contracts/error-codes';
import type { PublishPlan, PublishProblem } from '@prelaunch/contracts/operations/configurations';
import { FieldError, ProblemError } from '../problem-error.ts';
import type { Problem } from '../settings/problems.ts';

export class ConfigurationNotFoundError extends FieldError {
  override readonly name = 'ConfigurationNotFoundError';

  constructor(configurationId: string) {
    super('configuration.not_found', `configuration ${configurationId} does not exist, or has not been published`, {
      path: 'configurationId',
      value: configurationId,
      allowed: 'the id of a configuration that was published',
    });
  }
}

export class VersionNotFoundError extends FieldError {
  override readonly name = 'VersionNotFoundError';

  constructor(path: string, configurationId: string, version: number) {
    super('configuration.not_found', `configuration ${configurationId} has no version ${version}`, {
      path,
      value: version,
      allowed: 'a version that was published',
    });
  }
}

export class DraftNotFoundError extends FieldError {
  override readonly name = 'DraftNotFoundError';

  constructor(configurationId: string) {
    super('configuration.draft_not_found', `configuration ${configurationId} has no draft`, {
      path: 'configurationId',
      value: configurationId,
      allowed: 'a configuration with a draft; save one first',
    });
  }
}

/** Somebody saved the draft after the caller looked at it. */
export class DraftMismatchError extends FieldError {
  override readonly name = 'DraftMismatchError';
  readonly current: number;

  constructor(configurationId: string, expected: number, current: number) {
    super(
      'configuration.draft_mismatch',
      `the draft of ${configurationId} is at generation ${current}, not ${expected}: look at it and decide again`,
      { path: 'generation', value: expected, allowed: String(current) },
    );
    this.current = current;
  }
}

/** Somebody published after the draft was saved. */
export class DraftOutdatedError extends FieldError {
  override readonly name = 'DraftOutdatedError';

  constructor(configurationId: string, basedOn: number, head: number) {
    super(
      'configuration.draft_outdated',
      `the draft of ${configurationId} is based on version ${basedOn}, and the newest is ${head}`,
      {
        path: 'configurationId',
        value: basedOn,
        allowed: `a draft based on version ${head}: compare them, and save the draft again`,
      },
    );
  }
}

/** What was agreed to is not what would happen now. */
export class PlanOutdatedError extends FieldError {
  override readonly name = 'PlanOutdatedError';
  /** As it is now. */
  readonly plan: PublishPlan;

  constructor(planHash: string, plan: PublishPlan) {
    super(
      'configuration.plan_outdated',
      'the plan is outdated: the draft, the graph or the groups have changed since; look at the new one',
      { path: 'planHash', value: planHash, allowed: plan.planHash },
    );
    this.plan = plan;
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
export class ApprovalNeededError extends FieldError {
  override readonly name = 'ApprovalNeededError';

  constructor(configurationId: string, because: readonly string[]) {
    super(
      'configuration.approval_needed',
      `the draft of ${configurationId} has to be published by somebody who did not write it: ${because.join(', ')}`,
      {
        path: 'configurationId',
        value: configurationId,
        allowed: 'somebody who may publish and has not saved this draft',
      },
    );
  }
}

/** What is to be deleted is used. */
export class ConfigurationInUseError extends FieldError {
  override readonly name = 'ConfigurationInUseError';

  constructor(configurationId: string, users: readonly string[]) {
    super('configuration.in_use', `configuration ${configurationId} is used by ${users.join(', ')}`, {
      path: 'configurationId',
      value: users.join(', '),
      allowed: 'a configuration that nothing uses; take it out of these first',
    });
  }
}

export class RolloutNotStoppedError extends FieldError {
  override readonly name = 'RolloutNotStoppedError';

  constructor(configurationId: string) {
    super('configuration.rollout_not_stopped', `no rollout of ${configurationId} was stopped`, {
      path: 'configurationId',
      value: configurationId,
      allowed: 'a configuration whose rollout was stopped',
    });
  }
}

export class BindingExistsError extends FieldError {
  override readonly name = 'BindingExistsError';

  constructor(bindingId: string, priority: number) {
    super('binding.exists', `binding ${bindingId} exists already: two of one subject cannot have the same priority`, {
      path: 'priority',
      value: priority,
      allowed: `another priority, or an update of ${bindingId}`,
    });
  }
}

export class BindingNotFoundError extends FieldError {
  override readonly name = 'BindingNotFoundError';

  constructor(bindingId: string) {
    super('binding.not_found', `binding ${bindingId} does not exist`, {
      path: 'bindingId',
      value: bindingId,
      allowed: 'the id of a binding',
    });
  }
}

/** Nothing says where to begin for a user. */
export class UnboundUserError extends FieldError {
  override readonly name = 'UnboundUserError';

  constructor(userId: string) {
    super(
      'binding.unknown_subject',
      `neither ${userId} nor a group of theirs is bound to a configuration, and there is no default binding`,
      {
        path: 'userId',
        value: userId,
        allowed: 'a user with a binding; bind them, one of their groups, or the default',
      },
    );
  }
}

/** What is asked for begins at a configuration that cannot be resolved. */
export class UnresolvableError extends FieldError {
  override readonly name = 'UnresolvableError';

  constructor({ code, message, path, value, allowed }: Problem) {
    super(code, message, { path, value, allowed });
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
