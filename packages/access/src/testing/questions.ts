import { operations } from '@prelaunch/contracts/operations';
import type { AccessAction, AccessQuestion, AccessResource, Principal } from '@prelaunch/core/access/gate';

/** Builders for questions to the gate; each states only what matters. */

export const ACTIONS = [...Object.keys(operations), 'view_settings'] as AccessAction[];

export const estate: AccessResource = { kind: 'estate' };

export function group(groupId = 'payments', tags: Readonly<Record<string, string>> = {}): AccessResource {
  return { kind: 'group', groupId, tags };
}

export function somebody(...grantees: readonly string[]): Principal {
  return { id: 'cognito:0000', label: 'somebody', grantees };
}

/** What an action is asked of when nothing is said about it. */
export function usualResource(action: AccessAction): AccessResource {
  return action === 'list_protection_groups' ? estate : group();
}

export function question(principal: Principal, action: AccessAction, resource = usualResource(action)): AccessQuestion {
  return { principal, action, resource };
}
