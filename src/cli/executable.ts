/** Where a single executable begins: its one script is a CommonJS module, in which nothing can be awaited at the top. */
import { start } from './start.ts';

void start(process.argv.slice(2));
