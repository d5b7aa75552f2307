import type { IncomingHttpHeaders } from 'node:http';

/** What a SigV4 signature says about its request. Signatures are not verified: everything here runs on one machine. */
export interface CredentialScope {
  readonly accessKeyId: string;
  readonly region: string;
  readonly service: string;
}

const CREDENTIAL = /Credential=([^/\s,]+)\/\d{8}\/([^/\s,]+)\/([^/\s,]+)\/aws4_request/;
const PRESIGNED = /[?&]X-Amz-Credential=([^&]+)/;

/** Reads the scope from the Authorization header, or from the query of a presigned URL. */
export function credentialScopeOf(headers: IncomingHttpHeaders, url: string): CredentialScope | undefined {
  const credential = CREDENTIAL.exec(headers.authorization ?? presigned(url));
  if (!credential) return undefined;
  const [, accessKeyId = '', region = '', service = ''] = credential;
  return { accessKeyId, region, service };
}

function presigned(url: string): string {
  const [, credential] = PRESIGNED.exec(url) ?? [];
  return credential === undefined ? '' : `Credential=${decodeURIComponent(credential)}`;
}
