/** What an operator's log says of the tokens that it renews. */
export interface Outcomes {
  /** Takes a line of the log. */
  read(this: void, line: string): void;
  /** What becomes of the next renewal for that pair: `Renewed`, `Undone` or `Failed`. Resolves when the log tells. */
  next(this: void, reader: string, peer: string): Promise<string>;
  /** How often the log had each of an istiod's token. */
  text(this: void): string;
  /** The last lines of the log, for a failure. */
  lastLines(this: void): string;
}

const keptLines = 40;

export function createOutcomes(): Outcomes {
  const waiting = new Map<string, (outcome: string) => void>();
  const counts = new Map<string, number>();
  const last: string[] = [];
  return {
    read(line) {
      last.push(line);
      if (last.length > keptLines) last.shift();
      const found = renewalIn(line);
      if (found === undefined) return;
      const { reader, cluster, outcome } = found;
      const key = `${reader} ${cluster}`;
      if (reader !== 'the operator') counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
      waiting.get(key)?.(outcome);
      waiting.delete(key);
    },
    next(reader, peer) {
      const told = Promise.withResolvers<string>();
      waiting.set(`${reader} ${peer}`, told.resolve);
      return told.promise;
    },
    lastLines: () => last.join('\n'),
    text: () => [...counts].map(([outcome, count]) => `${outcome} ${count}`).join(', ') || 'none',
  };
}

interface Renewal {
  readonly reader: string;
  /** The peer. */
  readonly cluster: string;
  readonly outcome: string;
}

function renewalIn(line: string): Renewal | undefined {
  if (!line.includes('"a token was looked at"')) return undefined;
  return JSON.parse(line) as Renewal;
}
