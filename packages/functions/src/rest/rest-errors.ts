import { ProblemError } from '@prelaunch/core/problem-error';
import type { Problem } from '@prelaunch/core/settings/problems';

/** No route has this path. */
export class RouteNotFoundError extends ProblemError {
  override readonly name = 'RouteNotFoundError';
  readonly code = 'route.not_found';
  readonly problems: readonly Problem[];

  constructor(path: string) {
    super('there is nothing at this path');
    const allowed = 'the paths of /openapi.json';
    this.problems = [{ code: this.code, message: this.message, path: 'path', value: path.slice(0, 200), allowed }];
  }
}

export class MethodNotAllowedError extends ProblemError {
  override readonly name = 'MethodNotAllowedError';
  readonly code = 'route.method_not_allowed';
  readonly problems: readonly Problem[];
  readonly methods: readonly string[];

  constructor(method: string, methods: readonly string[]) {
    super(`this path does not take ${method.slice(0, 20)}`);
    this.methods = methods;
    const allowed = methods.join(', ');
    this.problems = [{ code: this.code, message: this.message, path: 'method', value: method.slice(0, 20), allowed }];
  }
}

export class BodyNotJsonError extends ProblemError {
  override readonly name = 'BodyNotJsonError';
  readonly code = 'request.not_json';
  readonly problems: readonly Problem[];

  constructor() {
    super('the body must be a JSON object in UTF-8');
    this.problems = [{ code: this.code, message: this.message, path: 'body', allowed: 'a JSON object in UTF-8' }];
  }
}
