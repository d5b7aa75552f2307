import { readFileSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import * as cedar from '@cedar-policy/cedar-wasm/web';
// By its path: the package exports the code of this file's loader, but not the file.
import wasmFile from '../../../node_modules/@cedar-policy/cedar-wasm/web/cedar_wasm_bg.wasm';

/**
 * V8 optimises WebAssembly in the background as soon as some of it has run. That takes the processor from a function that is just
 * starting, for code that mostly runs only then. With a higher threshold the start is a third shorter, and a busy function
 * is still optimised, after some thousand decisions.
 */
const TIERING_BUDGET_BYTES = 100_000_000;

setFlagsFromString(`--wasm-tiering-budget=${TIERING_BUDGET_BYTES}`);
cedar.initSync({ module: readFileSync(new URL(wasmFile, import.meta.url)) });

/** Cedar, ready to be called. It is loaded when a function starts, which is when Lambda gives it the most processor. */
export { cedar };
