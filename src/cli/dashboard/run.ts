import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import { IsthmusError } from '../../base/error.ts';
import { openDashboard, type PageFiles, pageFile } from '../../dashboard-process.ts';
import { readMoments } from '../../engine/moments.ts';
import { nodePorts } from '../../node-ports.ts';
import { packagePage } from '../../package-page.ts';
import { type ExitCode, exitCodes } from '../shell/exit-code.ts';
import type { MeshFlags, RenderFlags } from '../shell/flags.ts';
import { visibleIn } from '../shell/foreign-text.ts';
import { type CommandRun, openNamed } from '../shell/open.ts';
import { remedyText } from '../shell/remedy-text.ts';
import { sourceFlags } from '../shell/source-flags.ts';
import { openBrowser } from './browser.ts';

/** Durations in milliseconds. */
export interface DashboardFlags extends Omit<MeshFlags, 'output' | 'clusters'>, RenderFlags {
  readonly snapshot?: string;
  readonly fast?: boolean;
  readonly interval: number;
  readonly port: number;
  readonly noOpen?: boolean;
}

/** Serves the dashboard until the command is interrupted, which is how it ends well. */
export async function runDashboard(flags: DashboardFlags, run: CommandRun): Promise<ExitCode> {
  const { context, terminal } = run;
  const files = filesOfPage();
  const moments = flags.snapshot === undefined ? [] : await readMoments(flags.snapshot);
  // Of several snapshots, all pages but that of the times show the newest.
  const newest = moments.at(-1);
  const named =
    newest === undefined || flags.snapshot === undefined
      ? flags
      : { ...flags, snapshot: join(flags.snapshot, newest.name) };
  const open = async (names: DashboardFlags) =>
    await openNamed(names, { ...run, connections: 'Kept', onEvent: () => undefined });
  await using session = await open(named);
  const source = sourceFlags(named);
  // What is to be done is done to the mesh as it is now, whose file only the reader knows.
  const remedySource = flags.snapshot === undefined ? source : sourceFlags({ file: '-' });
  await using dashboard = await openDashboard({
    session,
    files,
    wording: {
      visible: visibleIn,
      remedyText: (one) => remedyText(one, { source: remedySource }),
    },
    flags: source,
    version: context.version,
    port: flags.port,
    timeoutMs: flags.timeout,
    istioctl: flags.istioctl,
    helm: flags.helm,
    drift: flags.fast === true ? 'Leave' : 'Compare',
    intervalMs: flags.interval,
    clock: nodePorts(context.process.env).clock,
    draw: () => randomBytes(32).toString('base64url'),
    moments,
    openMoment: async (folder) => await open({ ...flags, snapshot: folder }),
  });
  terminal.stdout(`${dashboard.link}\n`);
  terminal.stderr('the link works once, in one browser; Ctrl-C ends the dashboard\n');
  await using _browser = flags.noOpen === true ? undefined : await openBrowser(dashboard.link, process.platform);
  if (!context.signal.aborted) await once(context.signal, 'abort');
  return exitCodes.done;
}

function filesOfPage(): PageFiles {
  const page = packagePage();
  if (page.size > 0) return new Map([...page].map(([name, content]) => [`/${name}`, pageFile(name, content)]));
  throw new IsthmusError('not-found', 'the page of the dashboard is not built', {
    remedy: 'run `npm run build` first',
  });
}
