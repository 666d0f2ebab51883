import type { Application } from '@stricli/core';
import type { CliContext } from './context.ts';

export type Target = Application<CliContext>['root'];
export type RouteMap = Extract<Target, { getAllEntries: unknown }>;
export type Command = Exclude<Target, RouteMap>;

/** What the words of a command line lead to. */
export interface Route {
  readonly target: Target;
  /** The words that name it. */
  readonly names: readonly string[];
  /** Those behind them: flags and positional words. */
  readonly rest: readonly string[];
}

export function isRouteMap(target: Target): target is RouteMap {
  return 'getAllEntries' in target;
}

export function routeOf(root: Target, words: readonly string[]): Route {
  let target = root;
  let at = 0;
  while (isRouteMap(target) && at < words.length) {
    const next: Target | undefined = target.getRoutingTargetForInput(words[at] ?? '');
    if (next === undefined) break;
    target = next;
    at += 1;
  }
  return { target, names: words.slice(0, at), rest: words.slice(at) };
}

/** The command that is run: of a group without a further word, its default one. */
export function commandOf({ target }: Route): Command | undefined {
  return isRouteMap(target) ? target.getDefaultCommand() : target;
}
