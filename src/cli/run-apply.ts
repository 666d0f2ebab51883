import { hostname, userInfo } from 'node:os';
import { join } from 'node:path';
import { applyMesh } from '../apply/apply.ts';
import { preflight } from '../apply/preflight.ts';
import type { ApplyReport, ClusterOutcome } from '../apply/report.ts';
import { createRootStore } from '../apply/root-store.ts';
import { IsthmusError } from '../base/error.ts';
import { systemClock } from '../base/system-clock.ts';
import { createCacheFolder } from '../istio/render/cache-folder.ts';
import { createIstioctl } from '../istio/render/istioctl.ts';
import { applyText } from './apply-text.ts';
import { type CliContext, exitCodes } from './context.ts';
import { type ExitCode, exitCodeOf } from './exit-code.ts';
import { renderFailure } from './failure.ts';
import type { ApplyFlags } from './flags.ts';
import { cacheFolder } from './folders.ts';
import { loadMesh } from './mesh-file.ts';
import { chosenClusters, openMeshFleet, splitFleet } from './mesh-fleet.ts';
import { progressLine } from './progress.ts';
import type { Terminal } from './terminal.ts';

/** At the time limit the waits end, each with what it waited for; whatever else is not done is ended this much later. */
const _graceMs = 2_000;

const graceMs = 5_000;

export async function runApply(context: CliContext, flags: ApplyFlags, terminal: Terminal): Promise<ExitCode> {
  const { env } = context.process;
  const declared = await loadMesh(flags.file, terminal);
  const chosen = chosenClusters(declared, flags.clusters);
  const renderer = createIstioctl({
    path: flags.istioctl,
    environment: env,
    cache: createCacheFolder(join(cacheFolder(env), 'render')),
  });
  await using fleet = await openMeshFleet(declared, context);
  const standing = await preflight(fleet, { home: declared.home.metadata.name, chosen, signal: context.signal });
  const [worst, ...others] = standing;
  for (const error of others) terminal.stderr(renderFailure(error, terminal.color));
  if (worst !== undefined) throw worst;
  const { clients, failures } = splitFleet(fleet);
  const width = Math.max(...declared.clusters.map(({ metadata }) => metadata.name.length));
  // Who is about to change what: the last chance to notice a wrong context.
  for (const { name, client, health } of fleet.open) {
    terminal.stderr(
      `${name.padEnd(width)}  ${client.server}, Kubernetes ${health.version}, as ${health.user ?? '?'}\n`,
    );
  }
  const limit = AbortSignal.timeout(flags.timeout + graceMs);
  const report = await applyMesh({
    declared,
    clients,
    unreachable: failures,
    ...(flags.clusters === undefined ? {} : { only: new Set(chosen) }),
    renderer,
    roots: createRootStore(env),
    crypto: globalThis.crypto,
    clock: systemClock,
    signal: AbortSignal.any([context.signal, limit]),
    timeoutMs: flags.timeout,
    holder: `${userInfo().username}@${hostname()}/${process.pid}`,
    mode: flags.dryRun === true ? 'DryRun' : 'Apply',
    onEvent: (event) => terminal.stderr(progressLine(event, { width, color: terminal.color })),
  });
  terminal.stdout(
    flags.output === 'json' ? `${JSON.stringify(asJson(report), null, 2)}\n` : applyText(report, flags.file, terminal),
  );
  if (context.signal.aborted) throw new IsthmusError('cancelled', 'interrupted');
  return exitCodeFor(report.clusters);
}

/** Partly done is its own code, unless nothing at all could be done: then it is that of the first failure. */
function exitCodeFor(outcomes: readonly ClusterOutcome[]): ExitCode {
  const failed = outcomes.filter((outcome) => outcome.outcome === 'Failed');
  const [first] = failed;
  const unconnected = outcomes.some((outcome) => outcome.outcome === 'Applied' && outcome.unconnected.length > 0);
  if (first === undefined) return unconnected ? exitCodes.partial : exitCodes.done;
  const codes = new Set(failed.map(({ error }) => exitCodeOf(error)));
  return failed.length === outcomes.length && codes.size === 1 ? exitCodeOf(first.error) : exitCodes.partial;
}

/** The report with errors as what is documented of them. */
function asJson(report: ApplyReport): unknown {
  return { ...report, clusters: report.clusters.map(outcomeJson) };
}

function outcomeJson(outcome: ClusterOutcome): unknown {
  switch (outcome.outcome) {
    case 'Failed':
      return { ...outcome, error: errorJson(outcome.error) };
    case 'Applied':
      return {
        ...outcome,
        unconnected: outcome.unconnected.map(({ peer, error }) => ({ peer, error: errorJson(error) })),
      };
    case 'Planned':
      return { ...outcome, changes: outcome.changes.map(({ action, ref }) => ({ action, ref })) };
    case 'Left':
      return outcome;
  }
}

function errorJson({ code, message, hint }: IsthmusError): unknown {
  return { code, message, hint };
}
