import { mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { applyMilestones } from '../milestones.ts';
import type { Ground, Measured } from '../run.ts';
import { type TimedResult, timed } from '../timed-process.ts';
import { meshFile } from './mesh-file.ts';

const program = resolve(import.meta.dirname, '../../dist/isthmus.js');
const timeoutMs = 300_000;

const verifyReport = z.looseObject({ ok: z.boolean(), firstCrossClusterMs: z.number() });
const verifiedApply = z.looseObject({ verification: verifyReport });
const applyReport = z.looseObject({ requests: z.number(), writes: z.number(), seconds: z.number() });

/** An apply of a mesh that is as declared. */
export interface Unchanged {
  /** The whole process. */
  readonly seconds: number;
  readonly requests: number;
  readonly writes: number;
}

/**
 * `isthmus apply --verify`, one process. The way ends at the first answer that a client in one cluster gets from another
 * cluster; the process goes on until every ordered pair is measured and its verdict must be yes. `cache` is the folder
 * for istioctl's output: an empty one makes istioctl run.
 */
export async function measureIsthmus(ground: Ground, cache: string): Promise<Measured> {
  await writeFile(fileOf(ground), meshFile(ground.clusters));
  await mkdir(cache, { recursive: true });
  const ended = await isthmus(ground, { words: ['apply', '--verify'], cache });
  const { verification } = verifiedApply.parse(JSON.parse(ended.stdout));
  // The report counts from the beginning of the verification that it tells of, which is announced.
  const begun = ended.lines.findLast(({ text }) => text.startsWith('probes in namespace'))?.seconds;
  if (!verification.ok || begun === undefined) throw failure('apply --verify', ended);
  const ready = Math.max(...ended.lines.flatMap(({ text, seconds }) => (text.includes('probes ready') ? seconds : [])));
  const seconds = begun + verification.firstCrossClusterMs / 1000;
  return {
    seconds,
    milestones: new Map([
      ...applyMilestones(ended.lines, ground.clusters),
      ['verify has begun', begun],
      ['the last probe pod ready', ready],
      ['first answer', seconds],
    ]),
    besides: new Map([['every ordered pair verified', ended.seconds]]),
  };
}

/** Applies again what `measureIsthmus` applied with the same folders. */
export async function measureUnchanged(ground: Ground, cache: string): Promise<Unchanged> {
  const { stdout, seconds } = await isthmus(ground, { words: ['apply'], cache });
  const { requests, writes } = applyReport.parse(JSON.parse(stdout));
  return { seconds, requests, writes };
}

async function isthmus(
  ground: Ground,
  { words, cache }: { readonly words: readonly string[]; readonly cache: string },
): Promise<TimedResult> {
  const result = await timed({
    program: process.execPath,
    args: [program, ...words, '-f', fileOf(ground), '-o', 'json'],
    env: {
      ...ground.lab.env,
      ISTHMUS_ISTIOCTL: ground.istioctl,
      XDG_CACHE_HOME: cache,
      XDG_STATE_HOME: join(ground.work, 'state'),
    },
    signal: ground.signal,
    timeoutMs,
  });
  if (result.code !== 0) throw failure(words.join(' '), result);
  return result;
}

function fileOf({ work }: Ground): string {
  return join(work, 'mesh.yaml');
}

function failure(command: string, { code, lines }: TimedResult): Error {
  return new Error(`isthmus ${command} ended with code ${code}:\n${lines.map(({ text }) => text).join('\n')}`);
}
