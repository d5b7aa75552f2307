import { SignatureV4 } from '@smithy/signature-v4';
import { Sha256 } from '../sha256.ts';

export interface RequestToSign {
  readonly url: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface SigningOptions {
  readonly region: string;
  readonly credentials: {
    readonly accessKeyId: string;
    readonly secretAccessKey: string;
    readonly sessionToken?: string;
  };
  readonly service?: string;
  readonly signingDate?: Date;
  /** Headers to sign that the signer would leave out. */
  readonly signableHeaders?: Set<string>;
}

/** The headers of a request as the SDK's own signer signs it. */
export async function signedHeaders(
  { url, method = 'GET', headers = {}, body }: RequestToSign,
  { region, credentials, service = 'execute-api', signingDate = new Date(), signableHeaders }: SigningOptions,
): Promise<Record<string, string>> {
  const { host, hostname, pathname, searchParams } = new URL(url);
  const query: Record<string, string[]> = {};
  for (const name of searchParams.keys()) query[name] = searchParams.getAll(name);
  const signer = new SignatureV4({ service, region, credentials, sha256: Sha256 });
  const request = { method, protocol: 'http:', hostname, path: pathname, query, headers: { host, ...headers }, body };
  return (await signer.sign(request, { signingDate, ...(signableHeaders && { signableHeaders }) })).headers;
}
