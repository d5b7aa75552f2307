import { type Authorization, type Authorize, invalid } from './authorization.ts';
import type { JwtAuthorizer } from './jwt-authorizer.ts';
import { SIGNATURE_ALGORITHM } from './parse-signature.ts';

const MISSING: Authorization = {
  kind: 'refused',
  code: 'auth.missing',
  message:
    'The request has no Authorization header. Send a bearer token, or sign the request with AWS Signature Version 4.',
};

/** API Gateway takes a token with the word `Bearer` and without. */
const TOKEN = /^(?:bearer +)?([\w-]+\.[\w-]+\.[\w-]+)$/i;

/** The Authorization header says which authorizer is asked; nothing else of a request does. */
export function createAuthorize({ jwt, sigV4 }: { readonly jwt: JwtAuthorizer; readonly sigV4: Authorize }): Authorize {
  return async (request) => {
    const { values } = request.headers.get('authorization') ?? { values: [] };
    const [value] = values;
    if (value === undefined) return MISSING;
    if (values.length > 1) return invalid('The request has more than one Authorization header.');
    if (value.startsWith(SIGNATURE_ALGORITHM)) return sigV4(request);
    const [, token] = TOKEN.exec(value) ?? [];
    if (token === undefined) return invalid('The Authorization header holds neither a JSON Web Token nor a signature.');
    return jwt(token);
  };
}
