import { DomainError } from '../errors.ts';
import { FieldError } from '../problem-error.ts';

export class InstanceNotFoundError extends FieldError {
  override readonly name = 'InstanceNotFoundError';

  constructor(instanceId: string) {
    super('instance.not_found', `nothing is known of ${instanceId}`, {
      path: 'instanceId',
      value: instanceId,
      allowed: 'a source server of a protection group, or an instance that a recovery launched from one',
    });
  }
}

export class NothingDiffersError extends FieldError {
  override readonly name = 'NothingDiffersError';

  constructor(instanceId: string, why: string) {
    super('drift.nothing_differs', `${instanceId} is not known to differ: ${why}`, {
      path: 'instanceId',
      value: instanceId,
      allowed: 'an instance whose newest audit found differences',
    });
  }
}

/** Nobody approves what awaits nobody. */
export class NothingAwaitsError extends FieldError {
  override readonly name = 'NothingAwaitsError';

  constructor(instanceId: string) {
    super('drift.nothing_awaits', `nothing about ${instanceId} awaits approval`, {
      path: 'action',
      value: 'approve',
      allowed: 'rollback, sync, adopt; or approve while something awaits approval',
    });
  }
}

export class OwnProposalError extends FieldError {
  override readonly name = 'OwnProposalError';

  constructor() {
    super('drift.approved_by_proposer', 'whoever proposed it does not approve it', {
      path: 'action',
      value: 'approve',
      allowed: 'approval by somebody else',
    });
  }
}

/** None of what was asked for can be done, and why. */
export class NotFeasibleError extends FieldError {
  override readonly name = 'NotFeasibleError';

  constructor(path: string, value: unknown, why: string, allowed: string) {
    super('drift.not_feasible', why, { path, value, allowed });
  }
}

/** Whoever asks for it comes too early, whoever they are. */
export class RemediationHeldError extends DomainError {
  override readonly name = 'RemediationHeldError';
  readonly code: 'drift.recovery_running' | 'drift.being_applied';
  override readonly retryable = true;

  constructor(code: RemediationHeldError['code'], reason: string) {
    super(reason);
    this.code = code;
  }
}
