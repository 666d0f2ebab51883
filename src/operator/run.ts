import { logEvent } from '../base/event.ts';
import type { Logger } from '../base/logger.ts';
import { openHome } from '../engine/open-home.ts';
import type { EnginePorts } from '../engine/ports.ts';
import { keepMesh } from './keeper.ts';
import { createMetrics } from './metrics.ts';
import { serve } from './serve.ts';

export interface OperatorOptions {
  /** A context of the kubeconfig; left out, the cluster of the pod. */
  readonly home?: string | undefined;
  /** The URL by which other clusters reach the API server of the home cluster, where its MeshCluster has no `spec.peerServer`. */
  readonly homeServer?: string | undefined;
  /** Of the probes; left out, the image of throw-away pods. */
  readonly probeImage?: string | undefined;
  /** Of the Lease by which operators elect one. */
  readonly namespace: string;
  readonly lease: string;
  /** Of health and metrics; 0 takes a free one. */
  readonly port: number;
  readonly accept?: readonly string[] | undefined;
  readonly istioctl?: readonly string[] | undefined;
  readonly helm?: string | undefined;
  readonly log: Logger;
  /** Told of the port when it answers. */
  readonly onServing?: (port: number) => void;
}

/** `Lost`: the leadership was lost, and the process has to end at once; a new one begins from what is stored. */
export type OperatorEnd = 'Stopped' | 'Lost';

/** Waits until it leads, then keeps the mesh of the home cluster until `stop` is aborted or the leadership is lost. */
export async function runOperator(
  options: OperatorOptions,
  given: EnginePorts,
  stop: AbortSignal,
): Promise<OperatorEnd> {
  const { log } = options;
  const metrics = createMetrics();
  let problem: string | undefined = 'the home cluster is not connected to';
  await using serving = await serve({ port: options.port, metrics, problem: () => problem });
  options.onServing?.(serving.port);
  const { signal: _, ...rest } = given;
  const ports: EnginePorts = {
    ...rest,
    logger: log,
    counters: metrics.count,
    onEvent: (event) => logEvent(log, event),
  };
  const { home: context, homeServer, accept, probeImage, lease, namespace } = options;
  await using home = await openHome({ context, homeServer, accept, probeImage, called: context ?? 'home' }, ports);
  problem = undefined;
  metrics.leads(false);
  const onWaiting = (message: string): void => log({ level: 'info', message: `waiting to lead: ${message}` });
  const leading = home.lead({ lease, namespace, onWaiting, signal: stop });
  const leadership = await leading.catch((error: unknown) => {
    if (stop.aborted) return undefined;
    throw error;
  });
  if (leadership === undefined) return 'Stopped';
  metrics.leads(true);
  log({ level: 'info', message: 'leads', fields: { lease, holder: ports.holder } });
  const ending = new AbortController();
  const onStop = (): void => ending.abort();
  stop.addEventListener('abort', onStop);
  if (stop.aborted) onStop();
  const bound = { check: leadership.check, signal: AbortSignal.any([leadership.signal, ending.signal]) };
  const { random } = ports;
  const { istioctl, helm } = options;
  await keepMesh({ home, leadership: bound, clock: home.clock, random, log, metrics, istioctl, helm });
  const isLost = leadership.signal.aborted;
  metrics.leads(false);
  if (!isLost) await leadership[Symbol.asyncDispose]();
  log({ level: isLost ? 'error' : 'info', message: isLost ? 'the leadership was lost' : 'stopped' });
  return isLost ? 'Lost' : 'Stopped';
}
