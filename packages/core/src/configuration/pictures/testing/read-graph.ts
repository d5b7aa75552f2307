type Fields = Readonly<Record<string, unknown>>;

/** What a reader of a picture sees. Readers are strict: what they do not expect is no picture. */
export interface ReadGraph {
  /** By the names that the text itself gives them. */
  readonly nodes: ReadonlyMap<string, Fields>;
  readonly edges: readonly ReadEdge[];
}

export interface ReadEdge {
  readonly from: string;
  readonly to: string;
  readonly fields: Fields;
}

/** Takes a text off from the front, token by token. */
export function tokens(text: string) {
  let at = 0;
  const take = (pattern: RegExp): string | undefined => {
    const sticky = new RegExp(pattern.source, 'uy');
    sticky.lastIndex = at;
    const found = sticky.exec(text)?.[0];
    at += found?.length ?? 0;
    return found;
  };
  return {
    take,
    need(pattern: RegExp): string {
      const found = take(pattern);
      if (found === undefined)
        throw new Error(`expected ${pattern.source} at ${JSON.stringify(text.slice(at, at + 40))}`);
      return found;
    },
    isAtEnd: () => at >= text.length,
  };
}
