import { AwsCallError } from '@prelaunch/core/apply/ports';
import { DomainError } from '@prelaunch/core/errors';

const THROTTLED = new Set([
  'ThrottlingException',
  'Throttling',
  'TooManyRequestsException',
  'RequestLimitExceeded',
  'EC2ThrottledException',
  'SlowDown',
]);

/** Refusals that the next attempt may not meet: a template or version that somebody is replacing, a page or a session that ran out. */
const PASSING = new Set([
  'InvalidLaunchTemplateId.NotFound',
  'InvalidLaunchTemplateId.VersionNotFound',
  'InvalidNextToken',
  'ExpiredToken',
  'ExpiredTokenException',
  'RequestExpired',
]);

interface SdkError {
  readonly name?: string;
  readonly message?: string;
  readonly retryAfterSeconds?: string | number;
  /** Of DRS's `ValidationException`. */
  readonly fieldList?: readonly { readonly name?: string }[];
  readonly $metadata?: { readonly httpStatusCode?: number };
  readonly $response?: { readonly headers?: Readonly<Record<string, string>> };
}

/** AWS's vocabulary stops here: callers see one error, with AWS's code, whether a retry can help, and the original as `cause`. */
export function translated(operation: string): (cause: unknown) => never {
  return (cause) => {
    // A session that could not be had, and a rate that is used up, come through the client that asked for them.
    if (cause instanceof DomainError) throw cause;
    const error = cause as SdkError;
    const awsCode = error.name ?? 'Unknown';
    const status = error.$metadata?.httpStatusCode;
    throw new AwsCallError({
      kind: kindOf(awsCode, status),
      operation,
      awsCode,
      message: error.message ?? awsCode,
      answered: status !== undefined,
      retryAfterSeconds: retryAfter(error),
      fields: (error.fieldList ?? []).flatMap(({ name }) => name ?? []),
      cause,
    });
  };
}

function kindOf(awsCode: string, status: number | undefined): 'refused' | 'throttled' | 'unavailable' {
  if (THROTTLED.has(awsCode) || status === 429) return 'throttled';
  const answered = status !== undefined && status >= 400 && status < 500;
  if (!answered || status === 409 || PASSING.has(awsCode)) return 'unavailable';
  return 'refused';
}

function retryAfter(error: SdkError): number | undefined {
  const stated = Number(error.retryAfterSeconds ?? error.$response?.headers?.['retry-after']);
  return Number.isFinite(stated) && stated > 0 ? stated : undefined;
}
