import { announce } from './announce.ts';
import { type ApplyGroupDeps, settledGroups } from './apply-group.ts';
import { type ChangeAuthor, remainsOf } from './define-group.ts';
import { type Group, isDefined } from './group.ts';
import { groupChanged } from './group-changed.ts';
import { GenerationMismatchError, GroupExistsError, GroupNotFoundError } from './group-errors.ts';
import { getGroup } from './ports.ts';
import { updateItem } from './update-item.ts';

export interface GroupChange {
  readonly groupId: string;
  /** The generation the caller has seen, if the change depends on it. */
  readonly expected?: number | undefined;
  readonly author: ChangeAuthor;
}

type Define = (before: Group) => Group | undefined;
type Deps = Pick<ApplyGroupDeps, 'groups' | 'events' | 'now' | 'pause'>;

/** Saves a group that does not exist yet, or does not any more, and announces it. Answers what this request made of it. */
export function createGroup(change: GroupChange, define: Define, deps: Deps): Promise<Group | undefined> {
  return saveAndAnnounce(
    change,
    (stored) => {
      if (isDefined(stored)) throw new GroupExistsError(change.groupId);
      return remainsOf(change.groupId, stored, change.author.at);
    },
    define,
    deps,
  );
}

/**
 * Saves the next generation of a group and announces it. `define` sees the newest one, and answers undefined to change nothing;
 * then that is the answer.
 */
export function changeGroup(change: GroupChange, define: Define, deps: Deps): Promise<Group | undefined> {
  const { groupId, expected } = change;
  return saveAndAnnounce(
    change,
    (stored) => {
      if (!isDefined(stored)) throw new GroupNotFoundError(groupId);
      if (expected !== undefined && expected !== stored.generation)
        throw new GenerationMismatchError(groupId, expected, stored.generation);
      return stored;
    },
    define,
    deps,
  );
}

/** A request that was saved before, and then interrupted, is gone on with: it is known by its token. */
async function saveAndAnnounce(
  { groupId, author }: GroupChange,
  begin: (stored: Group | undefined) => Group,
  define: Define,
  deps: Deps,
): Promise<Group | undefined> {
  let resumed: Group | undefined;
  const saved = await updateItem(
    `group ${groupId}`,
    () => getGroup(deps.groups, groupId),
    (stored) => {
      resumed = stored?.changeToken === author.changeToken ? stored : undefined;
      return resumed ? undefined : define(begin(stored));
    },
    (group) => deps.groups.save(group),
  );
  const made = saved ?? resumed;
  if (made && made.plannedGeneration !== made.generation) await announce(groupChanged(made), deps);
  return made;
}

/** The group once it is settled, or as it is when the time is up. */
export async function settledGroup(groupId: string, waitMs: number, deps: Deps): Promise<Group> {
  const [settled] = await settledGroups([groupId], waitMs, deps);
  if (!settled) throw new GroupNotFoundError(groupId);
  return settled;
}
