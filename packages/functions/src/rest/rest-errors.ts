import { FieldError } from '@prelaunch/core/problem-error';

/** No route has this path. */
export class RouteNotFoundError extends FieldError {
  override readonly name = 'RouteNotFoundError';

  constructor(path: string) {
    super('route.not_found', 'there is nothing at this path', {
      path: 'path',
      value: path.slice(0, 200),
      allowed: 'the paths of /openapi.json',
    });
  }
}

export class MethodNotAllowedError extends FieldError {
  override readonly name = 'MethodNotAllowedError';
  readonly methods: readonly string[];

  constructor(method: string, methods: readonly string[]) {
    super('route.method_not_allowed', `this path does not take ${method.slice(0, 20)}`, {
      path: 'method',
      value: method.slice(0, 20),
      allowed: methods.join(', '),
    });
    this.methods = methods;
  }
}

export class BodyNotJsonError extends FieldError {
  override readonly name = 'BodyNotJsonError';

  constructor() {
    super('request.not_json', 'the body must be a JSON object in UTF-8', {
      path: 'body',
      allowed: 'a JSON object in UTF-8',
    });
  }
}
