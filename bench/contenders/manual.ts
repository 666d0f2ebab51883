import { resolve } from 'node:path';
import { scriptMilestones } from '../milestones.ts';
import type { Ground, Measured } from '../run.ts';
import { timed } from '../timed-process.ts';

const script = resolve(import.meta.dirname, 'multi-primary.sh');
const manifests = resolve(import.meta.dirname, '../../lab/manifests');
const timeoutMs = 900_000;
const lastMark = 'first answer';

/**
 * The documented way by hand, as the script beside this file. `sample` says when the pods of the sample are made:
 * `early`, as soon as their cluster can inject sidecars, or `last`, after everything else, as documented.
 */
export async function measureManual(ground: Ground, sample: 'early' | 'last'): Promise<Measured> {
  const { code, lines } = await timed({
    program: '/bin/sh',
    args: [script, ...ground.clusters],
    env: { ...ground.lab.env, WORK: ground.work, MANIFESTS: manifests, SAMPLE: sample },
    signal: ground.signal,
    timeoutMs,
  });
  const milestones = scriptMilestones(lines);
  const seconds = milestones.get(lastMark);
  if (code === 0 && seconds !== undefined) return { seconds, milestones, besides: new Map() };
  const shown = lines.slice(-40).map(({ text }) => text);
  throw new Error(`the way by hand ended with code ${code}:\n${shown.join('\n')}`);
}
