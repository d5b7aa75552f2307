/** `record-dead-letters`, `Function` -> `RecordDeadLettersFunction`: a name that is unique in the state of the stage. */
export function resourceName(logicalId: string, kind: string): string {
  const words = logicalId.split('-').map((word) => word.charAt(0).toUpperCase() + word.slice(1));
  return [...words, kind].join('');
}
