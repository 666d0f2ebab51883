import { resolve } from 'node:path';
import { z } from 'zod';
import { inNamespace } from '../../lab/src/network/namespaces.ts';
import { endedChildrenSeconds } from '../cpu.ts';
import { watchMemory } from '../memory.ts';
import { timed } from '../timed-process.ts';

/** One run of `isthmus doctor` as a process of its own. */
export interface DoctorRun {
  readonly seconds: number;
  /** Of CPU time, which other work on the machine changes little. */
  readonly processor: number;
  /** Resident memory at its peak. */
  readonly mib: number;
  /** `east: gateway-not-ready`, in their order; notes and warnings left out. */
  readonly errors: readonly string[];
}

interface DoctorCall {
  readonly signal: AbortSignal;
  readonly env?: Readonly<Record<string, string>>;
  /** The network namespace that it runs in; left out, the machine's. */
  readonly namespace?: string;
}

const program = resolve(import.meta.dirname, '../../dist/isthmus.js');
const limitMs = 600_000;

const doctorReport = z.object({
  findings: z.array(z.object({ code: z.string(), severity: z.string(), cluster: z.string().optional() })),
});

/** Runs the build with these words; an error where it gives no report. */
export async function diagnosed(
  words: readonly string[],
  { signal, env = {}, namespace }: DoctorCall,
): Promise<DoctorRun> {
  const command = [process.execPath, program, 'doctor', ...words, '-o', 'json'] as const;
  const [file, ...args] = namespace === undefined ? command : inNamespace(namespace, command);
  const before = endedChildrenSeconds();
  const memories: ReturnType<typeof watchMemory>[] = [];
  try {
    const { seconds, stdout, lines } = await timed({
      program: file,
      args,
      env,
      signal,
      timeoutMs: limitMs,
      onStart: (pid) => memories.push(watchMemory(pid)),
    });
    const processor = endedChildrenSeconds() - before;
    if (!stdout.startsWith('{')) throw new Error(`no report:\n${lines.map(({ text }) => text).join('\n')}`);
    const { findings } = doctorReport.parse(JSON.parse(stdout));
    const errors = findings
      .filter(({ severity }) => severity === 'error')
      .map(({ cluster, code }) => (cluster === undefined ? code : `${cluster}: ${code}`));
    return { seconds, processor, mib: memories[0]?.peaks().process ?? 0, errors };
  } finally {
    for (const memory of memories) memory[Symbol.dispose]();
  }
}
