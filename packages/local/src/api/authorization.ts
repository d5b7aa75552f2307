import type { FrontErrorCode } from './front-error.ts';
import type { ReceivedRequest } from './received-request.ts';

/** Who signed a request, as IAM knows them. */
export interface IamPrincipal {
  readonly accessKeyId: string;
  readonly accountId: string;
  readonly userArn: string;
  readonly userId: string;
}

/** What an authorizer found. `open` is for the routes that ask for nobody. */
export type Authorization =
  | { readonly kind: 'open' }
  | { readonly kind: 'cognito'; readonly claims: Readonly<Record<string, string>> }
  | { readonly kind: 'iam'; readonly principal: IamPrincipal }
  | { readonly kind: 'refused'; readonly code: Extract<FrontErrorCode, `auth.${string}`>; readonly message: string };

export type Refused = Extract<Authorization, { kind: 'refused' }>;

export type Authorize = (request: ReceivedRequest) => Promise<Authorization>;

export function invalid(message: string): Refused {
  return { kind: 'refused', code: 'auth.invalid', message };
}
