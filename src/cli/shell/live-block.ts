/** How far a cluster is: so many of its steps, and what it does or waits for. */
export interface LiveState {
  readonly done: number;
  readonly total: number;
  readonly text: string;
  /** Its time counts on as long as this is the same; left out, as long as the text is. */
  readonly about?: string;
}

export interface LiveBlockOptions {
  /** Writes to the terminal as it is. */
  readonly write: (text: string) => void;
  /** The columns that the terminal has now. */
  readonly columns: () => number;
  /** Milliseconds that only go on. */
  readonly now: () => number;
  /** Calls again and again until it is stopped. */
  readonly every: (milliseconds: number, call: () => void) => () => void;
  readonly color: boolean;
}

/** The last lines of a terminal, one for each cluster, which are drawn again as things go on. */
export interface LiveBlock {
  /** Writes something above: the block is taken away and drawn again below. */
  above(write: () => void): void;
  /** Shows how far a cluster is; what it does counts from now where that is something else than before. */
  show(cluster: string, state: LiveState): void;
  /** Takes the block away for good. */
  end(): void;
}

const redrawMs = 1000;
const barColumns = 15;

export function createLiveBlock(options: LiveBlockOptions): LiveBlock {
  const { write, columns, now, every } = options;
  const states = new Map<string, LiveState & { readonly since: number }>();
  let drawn = 0;
  let stop: (() => void) | undefined;
  const erase = (): void => {
    if (drawn > 0) write(`\r\u001b[${drawn}A\u001b[J`);
    drawn = 0;
  };
  const draw = (): void => {
    const width = Math.max(0, ...[...states.keys()].map(({ length }) => length));
    for (const [cluster, state] of states) {
      write(`${lineOf(cluster.padEnd(width), state, { ...options, columns: columns(), now: now() })}\n`);
    }
    drawn = states.size;
  };
  return {
    above: (other) => {
      erase();
      other();
      draw();
    },
    show: (cluster, state) => {
      erase();
      const known = states.get(cluster);
      states.set(cluster, { ...state, since: known !== undefined && isSame(known, state) ? known.since : now() });
      draw();
      stop ??= every(redrawMs, () => {
        erase();
        draw();
      });
    },
    end: () => {
      stop?.();
      stop = undefined;
      erase();
      states.clear();
    },
  };
}

function isSame(known: LiveState, state: LiveState): boolean {
  return (known.about ?? known.text) === (state.about ?? state.text);
}

interface LineOptions {
  readonly columns: number;
  readonly now: number;
  readonly color: boolean;
}

/** A line that the terminal does not break, the last of its columns left free. */
function lineOf(
  cluster: string,
  { done, total, text, since }: LiveState & { readonly since: number },
  { columns, now, color }: LineOptions,
): string {
  const filled = Math.round((barColumns * Math.min(done, total)) / total);
  const bar = `${'█'.repeat(filled)}${'░'.repeat(barColumns - filled)}`;
  const seconds = Math.floor((now - since) / 1000);
  const elapsed = seconds < 1 ? '' : ` (${seconds} s)`;
  const room = columns - 1 - cluster.length - barColumns - elapsed.length - 4;
  const words = text.length > room ? `${text.slice(0, Math.max(0, room - 1))}…` : text;
  const line = `${cluster}  ${bar}  ${words}${elapsed}`;
  return color ? `\u001b[2m${line}\u001b[0m` : line;
}
