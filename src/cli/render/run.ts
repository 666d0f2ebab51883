import { renderMesh } from '../../apply/render-mesh.ts';
import { loadMesh } from '../../engine/mesh-file.ts';
import { rendererOf } from '../../engine/open-run.ts';
import { renderTree } from '../../plan/render-tree.ts';
import { resolveMesh } from '../../topology/resolved-mesh.ts';
import type { Running } from '../plan/run.ts';
import { exitCodes } from '../shell/context.ts';
import type { ExitCode } from '../shell/exit-code.ts';
import type { RenderCommandFlags } from '../shell/flags.ts';
import { writeFolder } from './rendered-folder.ts';
import { objectText, readmeText } from './text.ts';

/** Writes what an apply would write into a folder. */
export async function runRender(flags: RenderCommandFlags, folder: string, running: Running): Promise<ExitCode> {
  const { context, terminal } = running;
  const declared = await loadMesh(flags, context, terminal);
  const mesh = declared.mesh.metadata.name;
  const clusters = await renderMesh(resolveMesh(declared), {
    renderer: rendererOf(declared, flags, context.process.env),
    signal: AbortSignal.any([context.signal, AbortSignal.timeout(flags.timeout)]),
  });
  const trees = clusters.flatMap(({ cluster, objects }) => renderTree(cluster, objects));
  const files = new Map(trees.map(({ path, object }) => [path, objectText(object)]));
  files.set('README.md', readmeText(mesh, clusters));
  const changes = await writeFolder(folder, files);
  const missing = clusters.flatMap((part) => part.missing.map((one) => ({ cluster: part.cluster, ...one })));
  if (flags.output === 'json') {
    terminal.stdout(`${JSON.stringify({ mesh, folder, ...changes, missing }, null, 2)}\n`);
    return exitCodes.done;
  }
  const { written, unchanged, removed } = changes;
  terminal.stdout(
    `mesh ${mesh}: ${written.length} files written, ${removed.length} removed, ${unchanged.length} unchanged in ${folder}\n` +
      `${missing.length} objects are not among them, because they hold keys, tokens or addresses: see ${folder}/README.md\n`,
  );
  return exitCodes.done;
}
