import type { VersionRef } from '@prelaunch/contracts/configuration';
import { updateItem } from '../../group/update-item.ts';
import { ownValue } from '../../own-value.ts';
import type { Catalogue, RolloutMark } from '../configuration.ts';
import type { ConfigurationStore } from '../ports.ts';

/** The mark of this very version; undefined when it has come to all groups, or another was published. */
export function markOf({ rollouts }: Catalogue, { configurationId, version }: VersionRef): RolloutMark | undefined {
  const mark = ownValue(rollouts, configurationId);
  return mark?.version === version ? mark : undefined;
}

/** Changes the mark of a version, or takes it away; undefined leaves it as it is. */
export async function changeMark(
  ref: VersionRef,
  change: (mark: RolloutMark) => RolloutMark | 'none' | undefined,
  { configurations }: { readonly configurations: ConfigurationStore },
): Promise<Catalogue | undefined> {
  return updateItem(
    'the catalogue of configurations',
    () => configurations.catalogue(),
    (catalogue) => {
      const mark = markOf(catalogue, ref);
      const changed = mark && change(mark);
      return changed && withMark(catalogue, ref.configurationId, changed);
    },
    (catalogue) => configurations.saveCatalogue(catalogue),
  );
}

export function withMark(catalogue: Catalogue, configurationId: string, mark: RolloutMark | 'none'): Catalogue {
  const { [configurationId]: _before, ...others } = catalogue.rollouts;
  return { ...catalogue, rollouts: mark === 'none' ? others : { ...others, [configurationId]: mark } };
}
