import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** How a Go program ended by itself, and where: the first function of Istio in the goroutine's stack. */
export function crashOf(log: string): string | undefined {
  const from = log.search(/^(panic|fatal error): /m);
  if (from < 0) return undefined;
  const [what = '', ...stack] = log.slice(from).split('\n');
  const at = stack.findIndex((line) => line.startsWith('istio.io/'));
  const name = /\.(\(\*\w+\)\.)?(\w+)\(/.exec(stack[at] ?? '')?.[2];
  const place = /([\w-]+\.go:\d+)/.exec(stack[at + 1] ?? '')?.[1];
  return name === undefined ? what : `${what} in ${name} (${place ?? 'place not known'})`;
}

/** The istiods that ended by themselves since their logs began, by the ends of those. */
export function crashesIn(logs: string): readonly string[] {
  return readdirSync(logs)
    .filter((name) => name.startsWith('istiod-'))
    .flatMap((name) => crashOf(readFileSync(join(logs, name), 'utf8')) ?? []);
}
