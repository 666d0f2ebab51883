import { draftMesh } from '../../engine/draft-mesh.ts';
import type { MeshSession } from '../../engine/mesh-session.ts';
import type { DoctorReport } from '../../report/doctor.ts';
import { parseContextOf } from '../init/given.ts';
import type { DoctorFlags, OutputForm } from '../shell/flags.ts';
import { type CommandRun, commandPorts, openNamed, openSession } from '../shell/open.ts';
import { reportText } from '../shell/print.ts';
import { useCaseOptions } from '../shell/run-options.ts';
import { namesOf, sourceFlags } from '../shell/source-flags.ts';
import type { Look } from '../shell/watch.ts';
import { categoryNamed, chosen, exitCodeOf } from './conclusion.ts';
import { doctorJunit } from './junit.ts';
import { missingPrimary } from './missing-primary.ts';
import { requirementsText } from './requirements-text.ts';
import { sarifOf } from './sarif.ts';
import { doctorText } from './text.ts';

/** A look with the report that it shows. */
export interface DoctorLook extends Look {
  readonly report: DoctorReport;
}

/** The mesh of the flags, or of contexts as they are. */
export async function openWanted(flags: DoctorFlags, run: CommandRun): Promise<MeshSession> {
  return isOfContexts(flags) ? await openContexts(flags, run) : await openNamed(flags, run);
}

/** One diagnosis, in the form that the flags ask for. */
export async function look(
  session: MeshSession,
  flags: DoctorFlags,
  terminal: CommandRun['terminal'],
): Promise<DoctorLook> {
  const { istioctl, helm, fast, bundle, probeImage } = flags;
  const active = flags.active === true ? ({ active: 'Requests', probeImage } as const) : {};
  const wanted = (flags.only ?? []).map(categoryNamed);
  const drift = fast === true || isOfContexts(flags) ? ({ drift: 'Leave' } as const) : {};
  const report = await session.doctor({ ...useCaseOptions(flags), istioctl, helm, bundle, ...drift, ...active });
  const shown = chosen(report, wanted);
  const source = sourceOf(session, flags);
  return {
    report: shown,
    text: textOf(shown, { flags, source, color: terminal.color }),
    readAt: shown.readAt,
    code: exitCodeOf(shown, flags),
    compared: JSON.stringify(shown, (key, value) => (key === 'at' || key === 'readAt' ? undefined : value)),
  };
}

/** The flags that name the mesh again; of a snapshot, what is done is done to the mesh as it is now, whose file the reader has. */
export function sourceOf({ origin }: MeshSession, { snapshot }: DoctorFlags): string {
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
  const { requirements } = flags;
  if (requirements !== undefined)
    return reportText(report, formOf(flags), (one) => requirementsText(one, requirements));
  return reportText(report, formOf(flags), (one) => doctorText(one, { source, color }));
}

export function formOf({ output }: DoctorFlags): OutputForm {
  return output === 'json' || output === 'yaml' ? output : 'text';
}

/** Contexts name the mesh where no file, home cluster or snapshot does. */
export function isOfContexts({
  context,
  file,
  home,
  snapshot,
}: Pick<DoctorFlags, 'context' | 'file' | 'home' | 'snapshot'>): boolean {
  return context !== undefined && file === undefined && home === undefined && snapshot === undefined;
}

/** A mesh of the clusters as they are: what a mesh file that was written for them would say. */
async function openContexts(flags: DoctorFlags, run: CommandRun): Promise<MeshSession> {
  const options = { contexts: (flags.context ?? []).map(parseContextOf), timeoutMs: flags.timeout };
  const ports = commandPorts(flags, run);
  const draft = await draftMesh(options, ports);
  const missing = missingPrimary(draft);
  if (missing !== undefined) throw missing;
  const held = [...new Set(draft.clusters.flatMap(({ istio }) => (istio ?? []).flatMap(({ mesh }) => mesh ?? [])))];
  // Where all of them are one mesh of Isthmus, that is the mesh that is meant.
  const [name] = held;
  const isOne = name !== undefined && held.length === 1;
  const { text } = isOne ? await draftMesh({ ...options, name }, ports) : draft;
  const { context: _, ...names } = flags;
  return await openSession({ text, name: 'the contexts' }, { ...names, file: '-' }, run);
}
