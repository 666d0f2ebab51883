import { open, stat } from 'node:fs/promises';
import { availableParallelism } from 'node:os';

/**
 * Processor time that a package takes to be compiled, in seconds: 15 minutes for the 5,967 packages of a lab's programs, with
 * nothing cached.
 */
const secondsEach = 0.15;

/** What the programs of a lab are made of, until their modules were counted. */
const usualPackages = 5967;
const sourcesMinutes = 1;

/** So many packages have to be compiled before the pace of this machine counts as much as that figure. */
const settledAfter = 300;

/** Before anything is downloaded: `about 8 minutes with the 2 processors here …` */
export function startText(processors = availableParallelism()): string {
  const minutes = Math.round((usualPackages * secondsEach) / processors / 60) + sourcesMinutes;
  return `this takes about ${minutes} minutes with ${hereText(processors)} where nothing is cached: first the sources, then their packages`;
}

/** The estimate when they are counted: `1,234 packages, about 12 minutes with the 2 processors here if nothing is cached`. */
export function expectedText(packages: number, processors = availableParallelism()): string {
  const minutes = Math.max(1, Math.round((packages * secondsEach) / processors / 60));
  const time = minutes === 1 ? 'about a minute' : `about ${minutes} minutes`;
  return `${packages.toLocaleString('en')} packages, ${time} with ${hereText(processors)} where nothing is cached`;
}

function hereText(processors: number): string {
  return processors === 1 ? 'the one processor here' : `the ${processors} processors here`;
}

export interface Progress {
  readonly done: number;
  readonly total: number;
  readonly elapsedSeconds: number;
}

const width = 24;

/** `[#####-----] 1,234 of 6,000 packages, 3:12 min, about 9:40 min to go` */
export function progressText({ done, total, elapsedSeconds }: Progress, processors = availableParallelism()): string {
  const filled = total === 0 ? width : Math.floor((width * Math.min(done, total)) / total);
  const prior = secondsEach / processors;
  const each = (prior * settledAfter + elapsedSeconds) / (settledAfter + done);
  const bar = `[${'#'.repeat(filled)}${'-'.repeat(width - filled)}]`;
  const packages = `${done.toLocaleString('en')} of ${total.toLocaleString('en')} packages`;
  return `${bar} ${packages}, ${clockText(elapsedSeconds)}, about ${clockText((total - done) * each)} to go`;
}

function clockText(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, '0')} min`;
}

/** Where the progress is shown: each text takes the place of the one before it. */
export type ShowProgress = (text: string) => void;

/** At a terminal one line that changes; elsewhere a line every half minute. */
export function progressLine(stream: Pick<NodeJS.WriteStream, 'isTTY' | 'write'>, now = () => performance.now()) {
  let said = now();
  return {
    show(text: string): void {
      if (stream.isTTY) {
        stream.write(`\r\u001b[K${text}`);
      } else if (now() - said >= saidEveryMs) {
        said = now();
        stream.write(`${text}\n`);
      }
    },
    /** Before any other line. */
    clear(): void {
      if (stream.isTTY) stream.write('\r\u001b[K');
    },
  };
}

const saidEveryMs = 30_000;
const lookEveryMs = 1_000;

/** Shows how far a build is, by the names of the packages that `go build -v` adds to its log, until it is disposed of. */
export async function watchBuild(logFile: string, total: number, show: ShowProgress): Promise<BuildWatch> {
  const started = performance.now();
  let offset = await sizeOf(logFile);
  /** Packages of the modules that are built already, and of the one that is being built. */
  let before = 0;
  let current = 0;
  const look = async (): Promise<void> => {
    const text = await readFrom(logFile, offset);
    const whole = text.slice(0, text.lastIndexOf('\n') + 1);
    offset += Buffer.byteLength(whole);
    current += packageNames(whole).length;
    const done = Math.min(before + current, total);
    show(progressText({ done, total, elapsedSeconds: (performance.now() - started) / 1000 }));
  };
  const timer = setInterval(() => void look().catch(() => undefined), lookEveryMs);
  return {
    built(packages) {
      before += packages;
      current = 0;
    },
    [Symbol.dispose]: () => clearInterval(timer),
  };
}

export interface BuildWatch extends Disposable {
  /** A module of so many packages is built, whatever of it was cached. */
  readonly built: (packages: number) => void;
}

/** The lines of a build's log that are names of packages: what else it says has spaces. */
export function packageNames(log: string): readonly string[] {
  return log.split('\n').filter((line) => /^[a-z][\w.~-]*(\/[\w.~-]+)*$/.test(line));
}

async function sizeOf(path: string): Promise<number> {
  return await stat(path).then(
    ({ size }) => size,
    () => 0,
  );
}

async function readFrom(path: string, offset: number): Promise<string> {
  await using file = await open(path);
  const { size } = await file.stat();
  const length = Math.max(0, size - offset);
  const { buffer } = await file.read({ buffer: Buffer.alloc(length), position: offset, length });
  return buffer.toString('utf8');
}
