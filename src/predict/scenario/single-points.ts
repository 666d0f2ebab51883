import type { Part } from '../request/leg.ts';
import type { Flow, FlowState } from './flow.ts';

/** A part of the mesh whose loss leaves flows without an answer. */
export interface SinglePoint {
  readonly part: Part;
  /** How many flows hang on it. */
  readonly flows: number;
  /** The services of these flows, `host:port`, each once. */
  readonly services: readonly string[];
  readonly callers: readonly string[];
}

/** Collects what flows hang on; the caller's own cluster does not count, since the caller is gone with it. */
export class SinglePoints {
  readonly #found = new Map<Part, { flows: number; services: Set<string>; callers: Set<string> }>();

  add({ host, port, caller }: Flow, { critical }: FlowState): void {
    for (const part of critical) {
      if (part === `cluster:${caller.cluster}`) continue;
      const known = this.#found.get(part) ?? { flows: 0, services: new Set(), callers: new Set() };
      this.#found.set(part, known);
      known.flows += 1;
      known.services.add(`${host}:${port}`);
      known.callers.add(caller.cluster);
    }
  }

  /** Those on which most hangs first. */
  ranked(): readonly SinglePoint[] {
    return [...this.#found]
      .map(([part, { flows, services, callers }]) => ({ part, flows, services: [...services], callers: [...callers] }))
      .sort((a, b) => b.flows - a.flows || (a.part < b.part ? -1 : 1));
  }
}
