import type { Described, MemoryAws } from '@prelaunch/memory/memory-aws';

/** The twin of DRS and EC2, which also knows what describes have shown before. */
export interface RememberingAws extends MemoryAws {
  /** What described a template at that time. Undefined where it was not there. */
  describedAt(launchTemplateId: string, ms: number): Described | undefined;
}

interface Remembered {
  readonly since: number;
  readonly described: Described;
}

/** EC2's describes are eventually consistent: for some time after a change they may show what was before. */
export function rememberingAws(aws: MemoryAws, now: () => number): RememberingAws {
  const histories = new Map<string, Remembered[]>();

  const remember = (launchTemplateId: string) => {
    const described = aws.described(launchTemplateId);
    if (!described) return;
    const known = histories.get(launchTemplateId) ?? [];
    histories.set(launchTemplateId, [...known, { since: known.length === 0 ? 0 : now(), described }]);
  };
  const templateOf = async (serverId: string) => remember((await aws.get(ANYWHERE, serverId)).launchTemplateId);
  const of =
    <Args extends readonly unknown[], Answer>(call: (...args: Args) => Answer, serverIdOf: (...args: Args) => string) =>
    (...args: Args): Answer => {
      const answer = call(...args);
      void templateOf(serverIdOf(...args));
      return answer;
    };
  const after =
    <Args extends readonly unknown[], Answer>(
      call: (...args: Args) => Promise<Answer>,
      templateIdOf: (...args: Args) => string,
    ) =>
    async (...args: Args): Promise<Answer> => {
      const answer = await call(...args);
      remember(templateIdOf(...args));
      return answer;
    };

  return {
    ...aws,
    describedAt: (launchTemplateId, ms) =>
      (histories.get(launchTemplateId) ?? []).findLast(({ since }) => since <= ms)?.described,
    addServer: of(aws.addServer, (serverId) => serverId),
    draft: of(aws.draft, (serverId) => serverId),
    edit: of(aws.edit, (serverId) => serverId),
    replaceTemplate: of(aws.replaceTemplate, (serverId) => serverId),
    async update(...args) {
      const answer = await aws.update(...args);
      remember(answer.launchTemplateId);
      return answer;
    },
    createVersion: after(aws.createVersion, (_target, base) => base.launchTemplateId),
    setDefault: after(aws.setDefault, (_target, launchTemplateId) => launchTemplateId),
    prune: after(aws.prune, (_target, launchTemplateId) => launchTemplateId),
  };
}

/** The twin has one account only. */
const ANYWHERE = { accountId: '', region: '' };
