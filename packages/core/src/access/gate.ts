import type { KeyClass } from '@prelaunch/contracts/configuration';
import type { OperationName } from '@prelaunch/contracts/operations';

/** Who calls, as the way in established it: never from the payload or from a header that the caller writes. */
export interface Principal {
  /** Stable and unique, such as `cognito:<sub>`, `iam:<ARN>` or `caller:<alias>`. */
  readonly id: string;
  /** How statuses name it, such as a user name; what the request says of itself where nothing better is known. */
  readonly label?: string;
  /** What roles may have been given to, in the words of the access configuration. */
  readonly grantees: readonly string[];
}

/** What is asked for: something of one group, of one configuration, or of all of Prelaunch. */
export type AccessResource =
  | { readonly kind: 'estate' }
  | { readonly kind: 'configuration'; readonly configurationId: string }
  | { readonly kind: 'group'; readonly groupId: string; readonly tags: Readonly<Record<string, string>> };

/** What publishing would do, as far as it decides who may. */
export interface Publishing {
  /** Servers whose effective settings would change. */
  readonly changedServers: number;
  readonly keyClasses: readonly KeyClass[];
  /** Whether it is the caller who wrote what is to be published. */
  readonly isOwn: boolean;
}

/** An operation, or to see settings where they are shown. */
export type AccessAction = OperationName | 'view_settings';

export interface AccessQuestion {
  readonly principal: Principal;
  readonly action: AccessAction;
  readonly resource: AccessResource;
  /** True for drills, which are not the real thing. */
  readonly isDrill?: boolean;
  /** Once it is known; before, the question is whether the caller may publish anything. */
  readonly publishing?: Publishing;
}

export interface AccessDecision {
  readonly allowed: boolean;
  /** The policies that decided; none when nothing permits. For the records, never for the caller. */
  readonly policies: readonly string[];
}

/** The one gate of all ways in. Pure: the same question has the same answer until it is deployed anew. */
export interface AccessGate {
  decide(question: AccessQuestion): AccessDecision;
}
