import type { TemplateLink, TypeAndId } from '@cedar-policy/cedar-wasm/web';
import type { Grant } from '@prelaunch/contracts/access';
import { configurationUid, ESTATE, granteeUid, groupUid, tagUid } from './entities.ts';

/**
 * What a grant adds to the policies: its role for each thing that it covers, and to list. Ids name role, place in the access
 * configuration and scope, such as `operator/3/payments`, since records show them as the reason why something was allowed.
 */
export function templateLinks(grant: Grant, index: number): TemplateLink[] {
  const principal = granteeUid(grant.to);
  const scopes = scopesOf(grant).map(({ suffix, uid }) => ({
    templateId: grant.role,
    newId: `${grant.role}/${index}${suffix}`,
    values: { '?principal': principal, '?resource': uid },
  }));
  if (scopes.length === 0) return [];
  return [...scopes, { templateId: 'list', newId: `list/${index}`, values: { '?principal': principal } }];
}

interface Scope {
  readonly suffix: string;
  readonly uid: TypeAndId;
}

/** Ids of groups hold neither colons nor braces, so no group reads like a configuration or a tag. */
function scopesOf({ groups, tags, configurations }: Grant): Scope[] {
  if (!groups && !tags && !configurations) return [{ suffix: '', uid: ESTATE }];
  const byGroup = [...new Set(groups)].map((id) => ({ suffix: `/${id}`, uid: groupUid(id) }));
  const byTag = Object.entries(tags ?? {}).map(([key, value]) => tagUid(key, value));
  const byConfiguration = [...new Set(configurations)].map((id) => ({
    suffix: `/configuration:${id}`,
    uid: configurationUid(id),
  }));
  return [...byGroup, ...byTag.map((uid) => ({ suffix: `/${uid.id}`, uid })), ...byConfiguration];
}
