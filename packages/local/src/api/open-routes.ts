/** All that is answered without authentication: descriptions of the interface, which hold nothing of a deployment. */
const OPEN_ROUTES: ReadonlySet<string> = new Set(['GET /openapi.json', 'GET /asyncapi.json']);

export function isOpen({ method, path }: { readonly method: string; readonly path: string }): boolean {
  return OPEN_ROUTES.has(`${method} ${path}`);
}
