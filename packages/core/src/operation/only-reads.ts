import { type OperationName, operations } from '@prelaunch/contracts/operations';

/** Whether an operation changes nothing: then it is a GET, at least in simple cases. */
export function onlyReads(operation: OperationName): boolean {
  return 'simpleHttp' in operations[operation] || operations[operation].http.method === 'GET';
}
