import { together } from './all-groups.ts';
import { type Group, isDefined } from './group.ts';
import type { GroupStore } from './ports.ts';

const READ_TOGETHER = 25;

export interface GroupPage {
  readonly groups: readonly Group[];
  /** The id after which the next page begins, while there may be more. */
  readonly after?: string;
}

/** Up to `limit` groups that exist and may be seen, after a given one. What may not be seen shows nowhere, not even in where a page ends. */
export async function listGroups(
  { limit, after, isVisible }: { limit: number; after?: string | undefined; isVisible: (group: Group) => boolean },
  { groups }: { readonly groups: GroupStore },
): Promise<GroupPage> {
  const page: Group[] = [];
  for await (const ids of together(groups.listIds(after), READ_TOGETHER)) {
    const found = await groups.getMany(ids);
    page.push(...ids.flatMap((id) => found.get(id) ?? []).filter((group) => isDefined(group) && isVisible(group)));
    if (page.length > limit) return { groups: page.slice(0, limit), after: page[limit - 1]?.groupId ?? '' };
  }
  return { groups: page };
}
