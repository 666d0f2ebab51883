import type { RenderReport } from '../../report/render.ts';
import { apiVersion } from '../../report/schema.ts';
import { type ExitCode, exitCodes } from '../shell/exit-code.ts';
import type { RenderCommandFlags } from '../shell/flags.ts';
import { type CommandRun, openNamed } from '../shell/open.ts';
import { printReport } from '../shell/print.ts';
import { writeFolder } from './rendered-folder.ts';
import { objectText, readmeText, renderedText } from './text.ts';

/** Writes what an apply would write into a folder. */
export async function runRender(flags: RenderCommandFlags, folder: string, run: CommandRun): Promise<ExitCode> {
  const { istioctl, helm, timeout, output } = flags;
  const session = await openNamed(flags, run);
  const rendered = await session.render({ istioctl, helm, timeoutMs: timeout });
  const files = new Map(rendered.files.map(({ path, object }) => [path, objectText(object)]));
  files.set('README.md', readmeText(rendered));
  const { mesh, missing, notices } = rendered;
  const changes = await writeFolder(folder, files);
  const report: RenderReport = { apiVersion, kind: 'RenderReport', mesh, folder, ...changes, missing, notices };
  printReport(report, output, renderedText, run.terminal);
  return exitCodes.done;
}
