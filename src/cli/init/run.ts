import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { dirname, relative, resolve } from 'node:path';
import { IsthmusError } from '../../base/error.ts';
import { draftMesh } from '../../engine/draft-mesh.ts';
import type { DraftOptions, NamedText } from '../../engine/options.ts';
import { meshFileSchema } from '../../package-schema.ts';
import type { MeshDraft } from '../../report/draft.ts';
import { askOnTerminal } from '../shell/confirm.ts';
import { type ExitCode, exitCodes } from '../shell/exit-code.ts';
import type { InitFlags } from '../shell/flags.ts';
import { visibleIn } from '../shell/foreign-text.ts';
import { type CommandRun, commandPorts } from '../shell/open.ts';
import { askForClusters, askForNetworks } from './ask.ts';
import { givenContexts } from './given.ts';
import { initText } from './text.ts';

/** Writes the draft of a mesh file. A file that is there stays, unless it is to be overwritten. */
export async function runInit(flags: InitFlags, run: CommandRun): Promise<ExitCode> {
  const { output, force } = flags;
  if (output !== '-' && force !== true && existsSync(output)) throw exists(output);
  const draft = await drafted(flags, run);
  const { stdout, stderr, color } = run.terminal;
  if (output === '-') stdout(draft.text);
  else await write(output, draft.text, force === true);
  const words = initText(visibleIn(draft), { color, file: output });
  if (output === '-') stderr(words);
  else stdout(words);
  return draft.clusters.some(({ error }) => error !== undefined) ? exitCodes.unknown : exitCodes.done;
}

async function drafted(flags: InitFlags, run: CommandRun): Promise<MeshDraft> {
  const { from, output, timeout, name, istio } = flags;
  const ports = commandPorts(flags, run);
  const folder = output === '-' ? '.' : dirname(output);
  const schema = relative(resolve(folder), meshFileSchema());
  const settings = from === undefined ? undefined : await Promise.all(from.map(settingsOf));
  const contexts = givenContexts(flags);
  const options: DraftOptions = { contexts, settings, name, istio, schema, timeoutMs: timeout };
  if (settings !== undefined || !isInteractive(run)) return await draftMesh(checked(options), ports);
  const ask = async (question: string): Promise<string> => await askOnTerminal(question, run.context.signal);
  const named = await askForClusters(options, { ask, ports });
  const first = await draftMesh(named, ports);
  const placed = await askForNetworks(named, first, { ask, flags });
  return placed === named ? first : await draftMesh(placed, ports);
}

function isInteractive({ context }: CommandRun): boolean {
  return context.isTTY && process.stdin.isTTY === true;
}

function checked(options: DraftOptions): DraftOptions {
  if (options.settings !== undefined || (options.contexts ?? []).length > 0) return options;
  throw new IsthmusError('usage', 'no context is named', {
    remedy:
      'give the kubeconfig context of each cluster with `--context CONTEXT` (`kubectl config get-contexts` lists them), or the settings of an Istio with `--from FILE`',
  });
}

async function settingsOf(file: string): Promise<NamedText> {
  try {
    return { name: file, text: await readFile(file, 'utf8') };
  } catch (cause) {
    throw new IsthmusError('file-unreadable', `${file} cannot be read`, {
      cause,
      remedy: 'give an IstioOperator file or Helm values with `--from FILE`',
    });
  }
}

async function write(file: string, text: string, force: boolean): Promise<void> {
  try {
    await writeFile(file, text, { flag: force ? 'w' : 'wx' });
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'EEXIST') throw exists(file);
    throw new IsthmusError('file-unreadable', `${file} cannot be written`, {
      cause,
      remedy: 'give another file with `--output FILE`',
    });
  }
}

function exists(file: string): IsthmusError {
  return new IsthmusError('usage', `${file} exists; nothing was written`, {
    remedy: 'give another file with `--output FILE`, or overwrite it with `--force`',
  });
}
