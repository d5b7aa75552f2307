/** How a caller names a function, and the version or alias of it that is meant. */
export interface QualifiedName {
  readonly name: string;
  readonly qualifier?: string | undefined;
}

/** The code as it is now, which is all that there is here: no versions are published. */
const LATEST = '$LATEST';

/** By its name, by its ARN or by part of that, each with a qualifier or without. */
export function qualifiedName(text: string): QualifiedName {
  const arn = /^(?:arn:aws:lambda:[^:]+:)?(?:\d{12}:)?function:([^:]+)(?::(.*))?$/.exec(text);
  if (arn?.[1] !== undefined) return { name: arn[1], qualifier: arn[2] };
  const [name = text, qualifier] = text.split(':');
  return { name, qualifier };
}

/** What the function finds in its context: the qualifier just as it was given, none where none was. */
export function qualifiedArn(arn: string, qualifier: string | undefined): string {
  return qualifier === undefined ? arn : `${arn}:${qualifier}`;
}

export function hasQualifier(aliases: readonly string[], qualifier: string | undefined): boolean {
  return qualifier === undefined || qualifier === LATEST || aliases.includes(qualifier);
}
