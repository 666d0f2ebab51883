import { readFileSync } from 'node:fs';
import { type CompanyCa, companyCa } from '../company-ca.ts';
import { eventually } from '../eventually.ts';
import type { TestLab } from '../lab.ts';
import { mesh } from '../truth/done.ts';
import { type Fault, inSample, newIstiod, newServer, type Step, serverOf } from '../truth/fault.ts';
import { type BlindingProxy, type Hiding, startBlindingProxy } from './blinding-proxy.ts';
import { quiet } from './quiet-rules.ts';

/** What the istiod of west may be kept from seeing of east, by a proxy that stands before the API server there. */
export interface BlindMesh extends AsyncDisposable {
  /** Starts the proxy and gives the mesh file by which west reads east through it. */
  meshFile(lab: TestLab): Promise<string>;
  proxy(): BlindingProxy;
}

export function blindMesh(): BlindMesh {
  const company: CompanyCa = companyCa();
  const signer = company.make({ name: 'proxy-ca' });
  let proxy: BlindingProxy | undefined;
  return {
    async meshFile(lab) {
      const view = ['config', 'view', '--minify', '--raw', '-o', 'jsonpath={.clusters[0].cluster}'];
      const { server, 'certificate-authority-data': data } = JSON.parse(await lab.kubectl('east', ...view));
      const authority = Buffer.from(data, 'base64').toString();
      // The address of this machine on the network that joins the clusters.
      const host = `${new URL(server).hostname.replace(/\.\d+$/, '')}.254`;
      proxy = await startBlindingProxy({ host, upstream: { server, authority }, company, signer });
      const spec = { peerServer: proxy.server, peerCertificateAuthority: signer.certificate };
      const lines = Object.entries(spec).map(([field, value]) => `  ${field}: ${JSON.stringify(value)}\n`);
      const file = `${readFileSync(mesh, 'utf8').trimEnd()}\n${lines.join('')}`;
      return await lab.file('mesh.yaml', file);
    },
    proxy() {
      if (proxy === undefined) throw new Error('it is not started');
      return proxy;
    },
    async [Symbol.asyncDispose]() {
      company[Symbol.dispose]();
      await proxy?.[Symbol.asyncDispose]();
    },
  };
}

const at = 'west';
const peer = 'east';
/** Longer than what may be on its way. */
const overdueMs = 75_000;

type Seen = Pick<Fault, 'inject' | 'red'> & Partial<Fault>;

/** `--fix` restarts the istiod, which then reads all. */
function blind(what: string, seen: Seen): Fault {
  return quiet(what, at, {
    group: 'remote secret and token',
    place: 'declared',
    after: newIstiod(at),
    causes: [{ code: 'peer-endpoints', cluster: at }],
    ...seen,
  });
}

/** Faults of an istiod that calls a peer synced and does not hold what is there, as bugs of registries leave it. */
export function blindFaults(proxy: () => BlindingProxy): readonly Fault[] {
  const outside = (deed: () => void): Step => ({ outside: async () => deed() });
  const freeze = outside(() => proxy().freeze());
  const startedBlind = (hiding: Hiding): readonly Step[] => [
    outside(() => proxy().hide(hiding)),
    ...newIstiod(at),
    freeze,
  ];
  return [
    blind('istiod that holds no endpoints of the other cluster', {
      inject: startedBlind((plural) => plural === 'endpointslices'),
      red: [`${at} ${peer}`],
    }),
    blind('istiod that knows no gateway of the other cluster', {
      inject: startedBlind((plural, name) => plural === 'services' && name === 'istio-eastwestgateway'),
      red: [`${at} ${peer}`],
    }),
    blind('istiod that no longer follows the other cluster', {
      inject: [
        freeze,
        newServer(peer),
        inSample(peer, 'rollout', 'status', `deployment/${serverOf(peer)}`, '--timeout=240s'),
        { outside: overdue() },
      ],
      red: [],
    }),
  ];
}

/** Waits until what is new is no longer on its way. */
function overdue(): () => Promise<void> {
  return async () => {
    const begun = performance.now();
    await eventually(async () => (performance.now() - begun > overdueMs ? undefined : 'it may be on its way'), {
      timeoutMs: 2 * overdueMs,
      everyMs: 1_000,
    });
  };
}
