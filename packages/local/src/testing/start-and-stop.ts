/** Starts and stops a runtime and says what happened; the process must then end by itself. */
import { startTestRuntime } from './start-test-runtime.ts';

const { runtime, stop } = await startTestRuntime();
await runtime.invoke('echo', {});
const pids = runtime.environments.list().map(({ pid }) => pid);
await stop();
console.log(JSON.stringify({ stopped: true, pids }));
