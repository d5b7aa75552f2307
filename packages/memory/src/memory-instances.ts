import type { InstanceDrift } from '@prelaunch/core/drift/instance-drift';
import type { InstanceStore } from '@prelaunch/core/drift/ports';
import { memoryTable } from './memory-table.ts';

export function memoryInstanceStore(): InstanceStore {
  return memoryTable<InstanceDrift>(({ instanceId }) => instanceId);
}
