import type { TemplateLink, TypeAndId } from '@cedar-policy/cedar-wasm/web';
import type { Grant } from '@prelaunch/contracts/access';
import { ESTATE, granteeUid, groupUid, tagUid } from './entities.ts';

/**
 * What a grant adds to the policies: its role for each thing that it covers, and to list groups. Ids name role, place in the
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

function scopesOf({ groups, tags }: Grant): Scope[] {
  if (!groups && !tags) return [{ suffix: '', uid: ESTATE }];
  const byId = [...new Set(groups)].map((id) => ({ suffix: `/${id}`, uid: groupUid(id) }));
  const byTag = Object.entries(tags ?? {}).map(([key, value]) => tagUid(key, value));
  return [...byId, ...byTag.map((uid) => ({ suffix: `/${uid.id}`, uid }))];
}
