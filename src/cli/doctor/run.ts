import { IsthmusError } from '../../base/error.ts';
import { draftMesh } from '../../engine/draft-mesh.ts';
import { explainCode } from '../../engine/explain-code.ts';
import type { MeshSession } from '../../engine/mesh-session.ts';
import { nodePorts } from '../../node-ports.ts';
import type { DoctorReport } from '../../report/doctor.ts';
import { parseContextOf } from '../init/given.ts';
import { type ExitCode, exitCodes } from '../shell/exit-code.ts';
import type { DoctorFlags, OutputForm } from '../shell/flags.ts';
import { type CommandRun, commandPorts, openNamed, openSession } from '../shell/open.ts';
import { printReport, reportText } from '../shell/print.ts';
import { useCaseOptions } from '../shell/run-options.ts';
import { namesOf, sourceFlags } from '../shell/source-flags.ts';
import { type Look, mostForALook, refuseStored, watchReport } from '../shell/watch.ts';
import { categoryNamed, chosen, exitCodeOf } from './conclusion.ts';
import { explanationText } from './explain-text.ts';
import { doctorJunit } from './junit.ts';
import { sarifOf } from './sarif.ts';
import { doctorText } from './text.ts';

/** Says what is wrong with a mesh, or what a code means. */
export async function runDoctor(flags: DoctorFlags, run: CommandRun): Promise<ExitCode> {
  const { terminal } = run;
  if (flags.explain !== undefined) {
    printReport(explainCode(flags.explain), formOf(flags), explanationText, terminal);
    return exitCodes.done;
  }
  if (flags.watch === true) return await runWatch(flags, run);
  const session = await openWanted(flags, run);
  const { text, code } = await look(session, flags, terminal);
  terminal.stdout(text);
  return code;
}

async function runWatch(flags: DoctorFlags, run: CommandRun): Promise<ExitCode> {
  refuseStored(flags);
  if (flags.bundle !== undefined) {
    throw new IsthmusError('usage', 'an archive is of one look', { remedy: 'leave `--watch` or `--bundle` out' });
  }
  await using session = await openWanted(flags, { ...run, connections: 'Kept' });
  const limited = { ...flags, timeout: Math.min(flags.timeout, mostForALook) };
  const { context, terminal } = run;
  return await watchReport({
    look: async () => await look(session, limited, terminal),
    intervalMs: flags.interval,
    title: `isthmus doctor ${sourceOf(session, flags)}`,
    clock: nodePorts(context.process.env).clock,
    signal: context.signal,
    terminal,
  });
}

async function openWanted(flags: DoctorFlags, run: CommandRun): Promise<MeshSession> {
  return isOfContexts(flags) ? await openContexts(flags, run) : await openNamed(flags, run);
}

async function look(session: MeshSession, flags: DoctorFlags, terminal: CommandRun['terminal']): Promise<Look> {
  const { istioctl, helm, fast, bundle } = flags;
  const wanted = (flags.only ?? []).map(categoryNamed);
  const drift = fast === true || isOfContexts(flags) ? ({ drift: 'Leave' } as const) : {};
  const report = await session.doctor({ ...useCaseOptions(flags), istioctl, helm, bundle, ...drift });
  const shown = chosen(report, wanted);
  const source = sourceOf(session, flags);
  return {
    text: textOf(shown, { flags, source, color: terminal.color }),
    readAt: shown.readAt,
    code: exitCodeOf(shown, flags),
    compared: JSON.stringify(shown, (key, value) => (key === 'at' || key === 'readAt' ? undefined : value)),
  };
}

/** The flags that name the mesh again; of a snapshot, what is done is done to the mesh as it is now, whose file the reader has. */
function sourceOf({ origin }: MeshSession, { snapshot }: DoctorFlags): string {
  return sourceFlags(snapshot === undefined ? namesOf(origin) : { file: '-' });
}

interface Showing {
  readonly flags: DoctorFlags;
  readonly source: string;
  readonly color: boolean;
}

function textOf(report: DoctorReport, { flags, source, color }: Showing): string {
  if (flags.output === 'junit') return doctorJunit(report, source);
  if (flags.output === 'sarif') return reportText(sarifOf(report, source), 'json', () => '');
  return reportText(report, formOf(flags), (one) => doctorText(one, { source, color }));
}

function formOf({ output }: DoctorFlags): OutputForm {
  return output === 'json' || output === 'yaml' ? output : 'text';
}

/** Contexts name the mesh where no file, home cluster or snapshot does. */
function isOfContexts({ context, file, home, snapshot }: DoctorFlags): boolean {
  return context !== undefined && file === undefined && home === undefined && snapshot === undefined;
}

/** A mesh of the clusters as they are: what a mesh file that was written for them would say. */
async function openContexts(flags: DoctorFlags, run: CommandRun): Promise<MeshSession> {
  const options = { contexts: (flags.context ?? []).map(parseContextOf), timeoutMs: flags.timeout };
  const ports = commandPorts(flags, run);
  const draft = await draftMesh(options, ports);
  const held = [...new Set(draft.clusters.flatMap(({ istio }) => (istio ?? []).flatMap(({ mesh }) => mesh ?? [])))];
  // Where all of them are one mesh of Isthmus, that is the mesh that is meant.
  const [name] = held;
  const isOne = name !== undefined && held.length === 1;
  const { text } = isOne ? await draftMesh({ ...options, name }, ports) : draft;
  const { context: _, ...names } = flags;
  return await openSession({ text, name: 'the contexts' }, { ...names, file: '-' }, run);
}
