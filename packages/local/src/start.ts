import { once } from 'node:events';
import { type DemoOptions, demoCommand } from './demo/demo-options.ts';
import { barProgress, lineProgress } from './demo/progress.ts';
import { runDemo } from './demo/run-demo.ts';
import { startDemoRuntime } from './demo/start-demo-runtime.ts';
import { toldView } from './demo/told-view.ts';
import { tryLines, welcomeLines } from './demo/welcome.ts';

const DEFAULT_PORT = 4566;
const DEFAULT_API_PORT = 4780;

const command = demoCommand(
  'prelaunch-local',
  'Runs Prelaunch on this machine and shows its main job once.',
  DEFAULT_PORT,
  DEFAULT_API_PORT,
);
const options = command.parse().opts<DemoOptions>();

const write = (line: string) => console.log(line);
const startProgress = process.stdout.isTTY ? barProgress(process.stdout) : lineProgress(write);

const stopped = Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
const { runtime, fleet, logDirectory } = await startDemoRuntime(options);
for (const line of [...welcomeLines(runtime, fleet, options), `  logs                  ${logDirectory}`]) write(line);

const shown = runDemo(runtime, { ...options, serverIds: fleet.grouped }, toldView(write, startProgress))
  .catch((error: unknown) => write(`\nThe demonstration did not come to its end: ${String(error)}`))
  .then(() => {
    for (const line of ['', ...tryLines(runtime, fleet)]) write(line);
  });
await Promise.race([shown, stopped]);
await stopped;
await runtime.stop();
process.exit(0);
