import type { EntityJson, TypeAndId } from '@cedar-policy/cedar-wasm/web';
import type { AccessResource, Principal } from '@prelaunch/core/access/gate';
import { normalGrantee } from './grantee.ts';

/** How policies see principals, groups and configurations. The types are those of policies/schema.cedarschema. */

export const ESTATE: TypeAndId = { type: 'Estate', id: 'prelaunch' };

export function groupUid(groupId: string): TypeAndId {
  return { type: 'ProtectionGroup', id: groupId };
}

export function configurationUid(configurationId: string): TypeAndId {
  return { type: 'Configuration', id: configurationId };
}

/** JSON, so that no two pairs of a key and a value are the same tag, whatever signs they hold. */
export function tagUid(key: string, value: string): TypeAndId {
  return { type: 'Tag', id: JSON.stringify({ [key]: value }) };
}

export function granteeUid(grantee: string): TypeAndId {
  return { type: 'Grantee', id: normalGrantee(grantee) };
}

export function principalEntity({ id, grantees }: Principal): EntityJson {
  return { uid: { type: 'Principal', id }, attrs: {}, parents: grantees.map(granteeUid) };
}

export function resourceEntity(resource: AccessResource): EntityJson {
  if (resource.kind === 'estate') return { uid: ESTATE, attrs: {}, parents: [] };
  if (resource.kind === 'configuration')
    return { uid: configurationUid(resource.configurationId), attrs: {}, parents: [ESTATE] };
  const tags = Object.entries(resource.tags).map(([key, value]) => tagUid(key, value));
  return { uid: groupUid(resource.groupId), attrs: {}, parents: [ESTATE, ...tags] };
}
