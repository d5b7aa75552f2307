import { InvalidEventPatternError } from './invalid-event-pattern-error.ts';
import { type LeafMatcher, ofText } from './leaf-matcher.ts';

/** `*` stands for any run of characters; `\*` and `\\` are the literal characters. */
export function wildcardMatcher(pattern: string): LeafMatcher {
  const pieces = literalPieces(pattern);
  return ofText((text) => piecesMatch(pieces, text));
}

function literalPieces(pattern: string): string[] {
  const pieces = [''];
  let previousWasStar = false;
  for (let at = 0; at < pattern.length; at += 1) {
    const character = pattern.charAt(at);
    if (character === '*') {
      if (previousWasStar) throw new InvalidEventPatternError(`Consecutive wildcard characters at pos ${at - 1}`);
      pieces.push('');
      previousWasStar = true;
      continue;
    }
    previousWasStar = false;
    if (character === '\\') at += 1;
    const literal = pattern.charAt(at);
    if (character === '\\' && literal !== '*' && literal !== '\\') {
      throw new InvalidEventPatternError(`Invalid escape character at pos ${at - 1}`);
    }
    pieces[pieces.length - 1] += literal;
  }
  return pieces;
}

/** Greedy from the left is enough: the first place where a middle piece fits leaves most room for the rest. */
function piecesMatch(pieces: readonly string[], text: string): boolean {
  const [first = '', ...rest] = pieces;
  const last = rest.pop();
  if (last === undefined) return text === first;
  if (text.length < first.length + last.length) return false;
  if (!text.startsWith(first) || !text.endsWith(last)) return false;
  const end = text.length - last.length;
  let from = first.length;
  for (const piece of rest) {
    const found = text.indexOf(piece, from);
    if (found < 0 || found + piece.length > end) return false;
    from = found + piece.length;
  }
  return true;
}
