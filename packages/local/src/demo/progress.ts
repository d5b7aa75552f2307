import { SingleBar } from 'cli-progress';

/** Shows how far something has come. */
export interface Progress {
  update(done: number, note: string): void;
  end(): void;
}

export type StartProgress = (label: string, total: number) => Progress;

/** A bar that moves, for terminals. */
export function barProgress(stream: NodeJS.WriteStream): StartProgress {
  return (label, total) => {
    const format = `  ${label} [{bar}] {value}/{total} {note}`;
    const bar = new SingleBar({
      format,
      barsize: 30,
      hideCursor: true,
      stream,
      barCompleteChar: '=',
      barIncompleteChar: ' ',
    });
    bar.start(total, 0, { note: '' });
    return {
      update: (done, note) => bar.update(done, { note }),
      end: () => bar.stop(),
    };
  };
}

const LINES = 10;

/** A line for each tenth, for logs and pipes. */
export function lineProgress(write: (line: string) => void): StartProgress {
  return (label, total) => {
    let told = -1;
    return {
      update(done, note) {
        const tenth = total === 0 ? LINES : Math.floor((done / total) * LINES);
        if (tenth <= told) return;
        told = tenth;
        write(`  ${label} ${done}/${total}${note === '' ? '' : ` ${note}`}`);
      },
      end: () => undefined,
    };
  };
}
