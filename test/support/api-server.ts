import { startClusterPart, stopClusterPart } from '../../lab/src/parts.ts';
import { eventually } from './eventually.ts';
import type { TestLab } from './lab.ts';

const patience = { timeoutMs: 180_000 };

export async function stopApiServer({ lab }: TestLab, cluster: string): Promise<void> {
  await stopClusterPart(lab.name, cluster, 'apiserver');
}

/**
 * Starts the API server of a cluster and waits until the cluster works again: where there is a node, until a new pod
 * runs on it. Scheduler and kubelet wait up to a minute between their attempts to watch (client-go, tools/cache,
 * reflector.go: backoff up to 30 s, jittered to twice that), and a pod made earlier is just as late.
 */
export async function startApiServer(test: TestLab, cluster: string): Promise<void> {
  startClusterPart(test.lab.name, cluster, 'apiserver');
  await eventually(async () => void (await test.kubectl(cluster, 'get', '--raw', '/readyz')), patience);
  if (test.isthmusImage === '') return;
  const name = 'back-again';
  // The API server makes the account of a namespace's pods known a moment after it is ready.
  const made = test.kubectl.bind(test, cluster, 'run', name, `--image=${test.isthmusImage}`, '--restart=Never');
  await eventually(async () => void (await made('--', 'version')), patience);
  const ended = async (): Promise<string | undefined> => {
    const phase = await test.kubectl(cluster, 'get', 'pod', name, '-o', 'jsonpath={.status.phase}');
    return phase === 'Succeeded' ? undefined : `the pod is ${phase}`;
  };
  await eventually(ended, patience);
  await test.kubectl(cluster, 'delete', 'pod', name, '--wait=false');
}
