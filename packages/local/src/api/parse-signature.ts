export const SIGNATURE_ALGORITHM = 'AWS4-HMAC-SHA256';

/** What the Authorization header of a signed request says. */
export interface StatedSignature {
  readonly accessKeyId: string;
  /** `20261124`. */
  readonly day: string;
  readonly region: string;
  readonly service: string;
  readonly signedHeaders: ReadonlySet<string>;
  readonly signature: string;
}

const CREDENTIAL = /^([^/]{1,128})\/(\d{8})\/([^/]{1,64})\/([^/]{1,64})\/aws4_request$/;
const SIGNED_HEADERS = /^[!#$%&'*+.^_`|~0-9a-z-]+(;[!#$%&'*+.^_`|~0-9a-z-]+)*$/;
const SIGNATURE = /^[0-9a-f]{64}$/;
const LONG_DATE = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/;

/** Undefined when the header is malformed. */
export function parseSignature(header: string): StatedSignature | undefined {
  const fields = fieldsOf(header.slice(SIGNATURE_ALGORITHM.length));
  const [, accessKeyId, day, region, service] = CREDENTIAL.exec(fields.get('Credential') ?? '') ?? [];
  const signedHeaders = fields.get('SignedHeaders') ?? '';
  const signature = fields.get('Signature') ?? '';
  if (accessKeyId === undefined || day === undefined || region === undefined || service === undefined) return undefined;
  if (!SIGNED_HEADERS.test(signedHeaders) || !SIGNATURE.test(signature)) return undefined;
  return { accessKeyId, day, region, service, signedHeaders: new Set(signedHeaders.split(';')), signature };
}

/** `20261124T093733Z` in milliseconds; undefined when it is no such time. */
export function parseLongDate(text: string): number | undefined {
  const [, year, month, day, hours, minutes, seconds] = LONG_DATE.exec(text) ?? [];
  const time = Date.parse(`${year}-${month}-${day}T${hours}:${minutes}:${seconds}Z`);
  return Number.isNaN(time) ? undefined : time;
}

function fieldsOf(text: string): ReadonlyMap<string, string> {
  return new Map(
    text.split(',').map((field) => {
      const sign = field.indexOf('=');
      return [field.slice(0, sign).trim(), field.slice(sign + 1).trim()] as const;
    }),
  );
}
