/** A line that a process wrote, and when: seconds since the process was started. */
export interface TimedLine {
  readonly text: string;
  readonly seconds: number;
}

/**
 * When each thing of an apply's progress was true in all clusters: the last time that a line says it of any of them.
 * Lines read `CLUSTER  STAGE: 3 created` and `CLUSTER  WHAT (1.2 s)`; what is merely awaited is left out.
 */
export function applyMilestones(lines: readonly TimedLine[], clusters: readonly string[]): ReadonlyMap<string, number> {
  const milestones = new Map<string, number>();
  for (const { text, seconds } of lines) {
    const [, cluster = '', rest = ''] = /^(\S+) {2,}(.+)$/.exec(text) ?? [];
    const label = clusters.includes(cluster) ? labelOf(rest) : undefined;
    if (label === undefined) continue;
    // Each cluster reaches its own peers; the label says it of all.
    const name = label.replace(/^istiod has synced .*/, 'every istiod has synced its peers');
    // Again at its end, so that the order is the one in which things became true.
    milestones.delete(name);
    milestones.set(name, seconds);
  }
  return milestones;
}

function labelOf(rest: string): string | undefined {
  if (rest.startsWith('waiting: ')) return undefined;
  return (
    /^(.+): (?:\d+ created|\d+ configured)/.exec(rest)?.[1]?.concat(': written') ??
    /^(.+) \(\d+\.\d s\)$/.exec(rest)?.[1]
  );
}

/** When each marked step (`@ STEP`) of the script ended, by step. The first marker starts the first step. */
export function scriptMilestones(lines: readonly TimedLine[]): ReadonlyMap<string, number> {
  const marks = lines.flatMap(({ text, seconds }) => (text.startsWith('@ ') ? [{ text: text.slice(2), seconds }] : []));
  return new Map(marks.map(({ text, seconds }) => [text, seconds]));
}

/** Points in time as durations: how long after the one before each came. They must be in order. */
export function asSteps(milestones: ReadonlyMap<string, number>): ReadonlyMap<string, number> {
  let before = 0;
  const steps = new Map<string, number>();
  for (const [name, seconds] of milestones) {
    steps.set(name, seconds - before);
    before = seconds;
  }
  return steps;
}
