import type { IgnoreRule } from '@prelaunch/contracts/drift';
import { type SettingKey, settingOf } from '../settings/setting-keys.ts';

/** RFC 6901: `/` and `~` are escaped in tokens. */
function token(text: string): string {
  return text.replaceAll('~', '~0').replaceAll('/', '~1');
}

/** `tags.Owner` -> `/tags/Owner`. */
export function pointerOf(key: SettingKey): string {
  const setting = settingOf(key);
  return setting === key ? `/${key}` : `/${setting}/${token(key.slice(setting.length + 1))}`;
}

/** The rule by which a difference is nobody's concern now. An expired rule is none. A rule for a setting covers all of it. */
export function ignoredBy(key: SettingKey, rules: readonly IgnoreRule[], now: Date): IgnoreRule | undefined {
  const pointer = pointerOf(key);
  return rules.find(({ path, expiresAt }) => Date.parse(expiresAt) > now.getTime() && covers(path, pointer));
}

function covers(path: string, pointer: string): boolean {
  const named = path.split('/');
  const tokens = pointer.split('/');
  return named.length <= tokens.length && named.every((glob, index) => matches(glob, tokens[index] ?? ''));
}

/** `*` stands for any characters. Goes forward only, so that no pattern takes long. */
function matches(glob: string, text: string): boolean {
  const [first = '', ...parts] = glob.split('*');
  const last = parts.pop();
  if (last === undefined) return glob === text;
  if (!text.startsWith(first) || !text.endsWith(last) || text.length < first.length + last.length) return false;
  let from = first.length;
  for (const part of parts) {
    const at = text.indexOf(part, from);
    if (at < 0 || at + part.length > text.length - last.length) return false;
    from = at + part.length;
  }
  return true;
}
