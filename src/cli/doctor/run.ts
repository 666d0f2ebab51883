import { draftMesh } from '../../engine/draft-mesh.ts';
import { explainCode } from '../../engine/explain-code.ts';
import type { MeshSession } from '../../engine/mesh-session.ts';
import { parseContextOf } from '../init/given.ts';
import { type ExitCode, exitCodes } from '../shell/exit-code.ts';
import type { DoctorFlags, OutputForm } from '../shell/flags.ts';
import { type CommandRun, commandPorts, openNamed, openSession } from '../shell/open.ts';
import { printReport } from '../shell/print.ts';
import { useCaseOptions } from '../shell/run-options.ts';
import { namesOf, sourceFlags } from '../shell/source-flags.ts';
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
  const wanted = (flags.only ?? []).map(categoryNamed);
  const isDrafted = isOfContexts(flags);
  const session = isDrafted ? await openContexts(flags, run) : await openNamed(flags, run);
  const { istioctl, helm, fast } = flags;
  const drift = fast === true || isDrafted ? ({ drift: 'Leave' } as const) : {};
  const report = await session.doctor({ ...useCaseOptions(flags), istioctl, helm, ...drift });
  const shown = chosen(report, wanted);
  const source = sourceFlags(flags.snapshot === undefined ? namesOf(session.origin) : { file: '-' });
  if (flags.output === 'junit') terminal.stdout(doctorJunit(shown, source));
  else if (flags.output === 'sarif') printReport(sarifOf(shown, source), 'json', () => '', terminal);
  else printReport(shown, formOf(flags), (one) => doctorText(one, { source, color: terminal.color }), terminal);
  return exitCodeOf(shown, flags);
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
