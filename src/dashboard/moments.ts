import { IsthmusError } from '../base/error.ts';
import type { MeshSession } from '../engine/mesh-session.ts';
import { differencesBetween, type Moment } from '../engine/moments.ts';
import type { MeshDifferences } from '../report/differences.ts';
import type { LookOptions } from './looking.ts';
import type { MomentReports } from './messages.ts';

/** Opens the snapshot of a moment. */
export type OpenMoment = (folder: string) => Promise<MeshSession>;

/** As many are kept: a slider goes back and forth between neighbours, and a large mesh fills the memory. */
const mostKept = 4;

/** The recorded moments of a mesh, each of which is read when somebody asks for it. */
export class Moments {
  readonly list: readonly Moment[];
  readonly #open: OpenMoment;
  readonly #kept = new Map<string, Promise<MeshSession>>();

  constructor(list: readonly Moment[], open: OpenMoment) {
    this.list = list;
    this.#open = open;
  }

  /** The mesh as it was. */
  async reportsOf(name: string, { timeoutMs, drift }: LookOptions): Promise<MomentReports> {
    const session = await this.#session(name);
    const [status, doctor] = [await session.status({ timeoutMs, drift }), await session.doctor({ timeoutMs })];
    return { status, doctor };
  }

  async between(from: string, to: string, { timeoutMs }: LookOptions): Promise<MeshDifferences> {
    const [before, after] = [await this.#session(from), await this.#session(to)];
    return differencesBetween(await before.facts({ timeoutMs }), await after.facts({ timeoutMs }));
  }

  async #session(name: string): Promise<MeshSession> {
    const moment = this.list.find((one) => one.name === name);
    if (moment === undefined) throw new IsthmusError('usage', `there is no moment ${name}`);
    const session = this.#kept.get(name) ?? this.#open(moment.folder);
    // What was asked for last goes last.
    this.#kept.delete(name);
    this.#kept.set(name, session);
    const [oldest] = this.#kept.keys();
    if (this.#kept.size > mostKept && oldest !== undefined) this.#kept.delete(oldest);
    return await session.catch((thrown: unknown) => {
      this.#kept.delete(name);
      throw thrown;
    });
  }
}
