import type { ConvergeDeps } from '@prelaunch/core/apply/converge';

export interface RecordedCall {
  readonly name: string;
  readonly args: readonly unknown[];
}

/** What may happen around a call to AWS, by its name: throw to fail it, change something to be in its way. */
export type Interference = Partial<Record<string, (call: { readonly nth: number }) => Promise<void> | void>>;

/** The ports to AWS with their calls recorded in order; `before` and `after` a call others may interfere. */
export function recordingAws(
  { launchConfigurations: drs, launchTemplates: ec2 }: Pick<ConvergeDeps, 'launchConfigurations' | 'launchTemplates'>,
  { before = {}, after = {} }: { readonly before?: Interference; readonly after?: Interference } = {},
): Pick<ConvergeDeps, 'launchConfigurations' | 'launchTemplates'> & {
  readonly calls: RecordedCall[];
  readonly writes: () => string[];
} {
  const calls: RecordedCall[] = [];
  const recorded =
    <Args extends readonly unknown[], Answer>(name: string, call: (...args: Args) => Promise<Answer>) =>
    async (...args: Args): Promise<Answer> => {
      calls.push({ name, args });
      const nth = calls.filter((made) => made.name === name).length;
      await before[name]?.({ nth });
      const answer = await call(...args);
      await after[name]?.({ nth });
      return answer;
    };
  return {
    calls,
    writes: () => calls.map(({ name }) => name).filter((name) => !name.startsWith('get')),
    launchConfigurations: {
      get: recorded('get', (...args) => drs.get(...args)),
      update: recorded('update', (...args) => drs.update(...args)),
    },
    launchTemplates: {
      getDefault: recorded('getDefault', (...args) => ec2.getDefault(...args)),
      getNumbers: recorded('getNumbers', (...args) => ec2.getNumbers(...args)),
      createVersion: recorded('createVersion', (...args) => ec2.createVersion(...args)),
      setDefault: recorded('setDefault', (...args) => ec2.setDefault(...args)),
      prune: recorded('prune', (...args) => ec2.prune(...args)),
    },
  };
}
