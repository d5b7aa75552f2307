import type { ErrorCode } from './error-codes.ts';

/** The HTTP status of each error that an operation can answer. Others are failures of ours: 503 where a retry can help, else 500. */
const HTTP_STATUS: Partial<Record<ErrorCode, number>> = {
  'request.invalid': 400,
  'request.not_json': 400,
  'request.malformed': 400,
  'auth.missing': 401,
  'auth.invalid': 401,
  'access.denied': 403,
  'configuration.approval_needed': 403,
  'drift.approved_by_proposer': 403,
  'binding.not_found': 404,
  'binding.unknown_subject': 404,
  'configuration.draft_not_found': 404,
  'configuration.not_found': 404,
  'group.not_found': 404,
  'instance.not_found': 404,
  'route.not_found': 404,
  'route.method_not_allowed': 405,
  'binding.exists': 409,
  'configuration.draft_mismatch': 409,
  'configuration.draft_outdated': 409,
  'configuration.in_use': 409,
  'configuration.plan_outdated': 409,
  'configuration.rollout_not_stopped': 409,
  'drift.being_applied': 409,
  'drift.nothing_awaits': 409,
  'drift.nothing_differs': 409,
  'drift.recovery_running': 409,
  'group.exists': 409,
  'group.generation_mismatch': 409,
  'idempotency.in_progress': 409,
  'store.contention': 409,
  'wave.mismatch': 409,
  'wave.starter_overtaken': 409,
  'request.too_large': 413,
  'configuration.cycle': 422,
  'configuration.inconsistent_order': 422,
  'configuration.lock_conflict': 422,
  'configuration.locked': 422,
  'configuration.too_deep': 422,
  'configuration.too_many': 422,
  'configuration.unchanged': 422,
  'configuration.unknown': 422,
  'configuration.unknown_parent': 422,
  'drift.not_feasible': 422,
  'group.not_member': 422,
  'group.override_of_stranger': 422,
  'group.too_large': 422,
  'idempotency.mismatch': 422,
  'settings.combination': 422,
  'settings.duplicate_address': 422,
  'settings.invalid': 422,
  'settings.missing': 422,
  'settings.more': 422,
  'settings.unknown_field': 422,
  'api.function_failed': 502,
};

export function httpStatusOf({ code, retryable }: { readonly code: ErrorCode; readonly retryable: boolean }): number {
  return HTTP_STATUS[code] ?? (retryable ? 503 : 500);
}

/** The errors that a status stands for, by code. */
export function errorCodesOf(status: number): ErrorCode[] {
  return (Object.keys(HTTP_STATUS) as ErrorCode[]).filter((code) => HTTP_STATUS[code] === status);
}
