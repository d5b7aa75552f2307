import type { LaunchConfigStatus } from '@prelaunch/contracts/status';
import type { Progress, StartProgress } from './progress.ts';
import type { DemoView } from './run-demo.ts';

/** Tells a person how the demonstration goes. */
export function toldView(write: (line: string) => void, startProgress: StartProgress): DemoView {
  let progress: Progress | undefined;
  const end = () => {
    progress?.end();
    progress = undefined;
  };
  return {
    configured(ids) {
      if (ids.length > 0) write(`\nPublished the configurations ${ids.join(', ')}.`);
    },
    verifying: (groupId) => write(`Group ${groupId} was kept from an earlier run; applying and reading it back again.`),
    published: (groupId, servers) =>
      write(`\nPublished "Protection Group Changed" for ${groupId} with ${servers} servers.`),
    applying({ counts }) {
      if (counts.total === 0) return;
      progress ??= startProgress('apply and read back', counts.total);
      progress.update(counts.ready + counts.failed, counts.failed > 0 ? `${counts.failed} failed` : '');
    },
    applied(status, { ms, awsCalls, floorMs }) {
      end();
      for (const line of statusLines(status)) write(line);
      write(`  from event to status  ${seconds(ms)}; no schedule of these calls beats ${seconds(floorMs)}`);
      write(`  AWS calls             ${awsCalls.reads} reads, ${awsCalls.writes} writes`);
    },
    waveStarted({ path, ms, tableReads, startRecoveryCalls }) {
      write(`\nStarted a wave by the ${path} path in ${seconds(ms)}:`);
      write(`  ${count(tableReads, 'read')} of the status table, ${count(startRecoveryCalls, 'StartRecovery call')}`);
    },
    applyingAtRuntime(done, of) {
      if (!progress)
        write('\nThe old way, on as many other servers: fetch, validate, apply, wait, one by one, then start.');
      progress ??= startProgress('apply at runtime', of);
      progress.update(done, '');
    },
    compared({ wave, runtimeApply, reductionPercent, profile, seed }) {
      end();
      write(`  took                  ${seconds(runtimeApply.ms)}`);
      write(
        `\nThe wave started ${reductionPercent} % sooner: ${seconds(wave.ms)} instead of ${seconds(runtimeApply.ms)}`,
      );
      write(`(simulated AWS, profile ${profile}, seed ${seed}).`);
    },
  };
}

/** Tells nothing: for callers that want the result only. */
export const silentView: DemoView = {
  configured: () => undefined,
  verifying: () => undefined,
  published: () => undefined,
  applying: () => undefined,
  applied: () => undefined,
  waveStarted: () => undefined,
  applyingAtRuntime: () => undefined,
  compared: () => undefined,
};

function statusLines({ status, counts, errors, freshUntil }: LaunchConfigStatus): string[] {
  return [
    `  status                ${status}`,
    `  servers               ${counts.ready} ready, ${counts.failed} failed, ${counts.pending} pending`,
    ...(freshUntil === null ? [] : [`  fresh until           ${freshUntil}`]),
    ...errors.map(({ code, message }) => `  error                 ${code}: ${message}`),
  ];
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(ms < 10_000 ? 2 : 1)} s`;
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}
