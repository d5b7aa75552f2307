import { type OperationName, operations } from '@prelaunch/contracts/operations';

/** Whether an operation changes nothing: then it is a GET. */
export function onlyReads(operation: OperationName): boolean {
  return operations[operation].http.method === 'GET';
}
