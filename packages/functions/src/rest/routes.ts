import { type OperationName, operations } from '@prelaunch/contracts/operations';
import findMyWay, { type HTTPMethod } from 'find-my-way';
import { MethodNotAllowedError, RouteNotFoundError } from './rest-errors.ts';

export interface Route {
  readonly operation: OperationName;
  /** Decoded values of what is in braces in the operation's path. */
  readonly params: Readonly<Record<string, string>>;
}

const METHODS = ['GET', 'POST', 'PUT', 'DELETE'] as const satisfies HTTPMethod[];
/** Longer than any id that is allowed, so that one that is too long is told as what it is. */
const PARAM_LENGTH_MAX = 2048;

const router = findMyWay({ maxParamLength: PARAM_LENGTH_MAX, ignoreTrailingSlash: true });
for (const [operation, spec] of Object.entries(operations))
  for (const { method, path } of httpRoutesOf(spec))
    router.on(method, path.replaceAll(/\{(\w+)\}/g, ':$1'), () => undefined, { operation });

/** Some operations have a second way in, for simple cases. */
function httpRoutesOf(spec: (typeof operations)[OperationName]) {
  return 'simpleHttp' in spec ? [spec.http, spec.simpleHttp] : [spec.http];
}

/** The operation at a path. Throws where there is none, or none with this method. */
export function routeOf(method: string, path: string): Route {
  const found = find(method, path);
  if (found) return found;
  const methods = METHODS.filter((other) => find(other, path) !== undefined);
  throw methods.length > 0 ? new MethodNotAllowedError(method, methods) : new RouteNotFoundError(path);
}

function find(method: string, path: string): Route | undefined {
  // API Gateway has taken the query off already: what looks like one belongs to the path.
  const found = router.find(method as HTTPMethod, path.replaceAll('?', '%3F').replaceAll('#', '%23'));
  if (!found) return undefined;
  const { operation } = found.store as { operation: OperationName };
  return { operation, params: found.params as Route['params'] };
}
