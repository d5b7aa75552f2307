import { type DemoOptions, demoCommand } from './demo/demo-options.ts';
import { lineProgress } from './demo/progress.ts';
import { runDemo } from './demo/run-demo.ts';
import { startDemoRuntime } from './demo/start-demo-runtime.ts';
import { silentView, toldView } from './demo/told-view.ts';

const ANY_PORT = 0;

const command = demoCommand('prelaunch-demo', 'Shows the main job once, then ends.', ANY_PORT);
const options = command.option('--json', 'print one JSON object and nothing else').parse().opts<DemoOptions>();

const write = (line: string) => console.log(line);
const view = options.json ? silentView : toldView(write, lineProgress(write));
const { runtime, fleet } = await startDemoRuntime(options);
try {
  const result = await runDemo(runtime, { ...options, serverIds: fleet.grouped }, view);
  if (options.json) write(JSON.stringify(result));
} finally {
  await runtime.stop();
}
