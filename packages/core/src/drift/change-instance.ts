import { updateItem } from '../group/update-item.ts';
import { type InstanceDrift, unauditedInstance } from './instance-drift.ts';
import type { InstanceStore } from './ports.ts';

/** Changes the item of an instance, or makes it. `change` is pure and answers undefined to leave it; answers it as it then is. */
export async function changeInstance(
  subject: Parameters<typeof unauditedInstance>[0],
  change: (found: InstanceDrift) => InstanceDrift | undefined,
  { instances }: { readonly instances: InstanceStore },
): Promise<InstanceDrift> {
  const { instanceId } = subject;
  let found = unauditedInstance(subject);
  const saved = await updateItem(
    `instance ${instanceId}`,
    async () => {
      found = (await instances.getMany([instanceId])).get(instanceId) ?? unauditedInstance(subject);
      return found;
    },
    change,
    (next) => instances.save(next),
  );
  return saved ? { ...saved, version: saved.version + 1 } : found;
}
