import { join } from 'node:path';
import { IsthmusError } from '../../../src/base/error.ts';
import type { ProxyNode } from '../../../src/discovery/values/model.ts';
import type { Snapshot } from '../../../src/discovery/values/snapshot.ts';
import { claimLab, newLabRecord } from '../claim.ts';
import { parseLabName } from '../names.ts';
import { tearDown } from '../teardown.ts';
import { istioSource, type LabIstio, othersAmong, usualIstio } from '../tools/istios.ts';
import { istioPaths, toolPaths } from '../tools/tool-paths.ts';
import type { ActualAnswer } from './answer.ts';
import { startApiServers } from './api-servers.ts';
import { builtClient } from './build-client.ts';
import { DiscoveryClient } from './client.ts';
import {
  type EnvoyHost,
  type EnvoyRouting,
  type EnvoyStart,
  envoyHosts,
  envoyRoutes,
  type SentRequest,
} from './envoy.ts';
import { OracleFleet } from './fleet.ts';
import { type OracleSite, oracleSite } from './site.ts';
import { xdsNode } from './xds-node.ts';

export type {
  ActualAnswer,
  ActualCluster,
  ActualEds,
  ActualEndpoint,
  ActualGroup,
  ActualTls,
} from './answer.ts';
export type { EnvoyHost, EnvoyRoute, EnvoyRouting, SentRequest } from './envoy.ts';

export interface OracleRequest {
  /** A lab's name: what an oracle of that name left is removed before, and `lab down --lab NAME` removes it by hand. */
  readonly name: string;
  /** How many API servers run, 1 to 16: no snapshot may have more clusters. About 250 MB each. */
  readonly clusters: number;
  /** Which Istio answers; left out, the usual one. */
  readonly istio?: LabIstio | undefined;
  /** Aborting it while the oracle starts removes what was started. */
  readonly signal?: AbortSignal | undefined;
  /** Told one line a step. */
  readonly report?: (line: string) => void;
}

/**
 * Real API servers and real istiods that hold a snapshot and answer for it. Disposing of it ends everything it
 * started; so does the end of the process that started it.
 */
export interface Oracle extends AsyncDisposable {
  /** The folder with a log of every program. */
  readonly logs: string;
  /**
   * Makes the API servers hold exactly the snapshot's objects and an istiod run for each of its istiods, with its
   * flags, MeshConfig, MeshNetworks and remote secrets. Objects go and come in the phases of desired.ts, so that the
   * answers do not depend on what was loaded before; an istiod is restarted only where its cluster, flags, domain or
   * namespace change. Resolves when every istiod has seen the last objects of every cluster that it reads; what follows
   * from them may take it some milliseconds more. Fails where an istiod ends by itself, with the end of its log as remedy.
   * One load at a time.
   */
  load(snapshot: Snapshot): Promise<void>;
  /**
   * What istiod (named by its `cluster`) sends to that proxy for these outbound clusters. The first call opens a
   * stream and waits for the first answers; the same call again gives what was pushed to that stream last, without a
   * request to istiod. Streams last until the next load.
   */
  query(istiod: string, proxy: ProxyNode, clusterNames: readonly string[]): Promise<ActualAnswer>;
  /** The server names that istiod lets a gateway take connections for, by the `ip:port` of the listener. */
  serverNames(istiod: string, proxy: ProxyNode): Promise<ReadonlyMap<string, readonly string[]>>;
  /**
   * What a real Envoy with that proxy's metadata makes of all that istiod sends it: its hosts by the name of the cluster.
   * The Envoy is started for it and ended again.
   */
  envoyHosts(istiod: string, proxy: ProxyNode): Promise<ReadonlyMap<string, readonly EnvoyHost[]>>;
  /**
   * Where such an Envoy sends requests of its application. Nothing listens where it sends them, so that they end there.
   */
  envoyRoutes(istiod: string, proxy: ProxyNode, requests: readonly SentRequest[]): Promise<EnvoyRouting>;
  /**
   * Changes every remote secret, as a renewed token does. Resolves when each istiod reads with the new ones alone; what
   * it answers must be what it was.
   */
  renewSecrets(): Promise<void>;
  /** Ends all streams, so that the next query of each proxy reconnects. */
  reconnect(): Promise<void>;
}

/**
 * Starts the API servers; istiods start with the first load that needs them. Needs root and the lab's programs; the
 * discovery client is built at the first start on a machine.
 */
export async function startOracle(request: OracleRequest): Promise<Oracle> {
  const name = parseLabName(request.name);
  const { clusters, signal, report = () => undefined } = request;
  if (!Number.isInteger(clusters) || clusters < 1 || clusters > 16) {
    throw new IsthmusError('usage', `an oracle has 1 to 16 API servers, not ${clusters}`);
  }
  const { istio = usualIstio } = request;
  const { bin } = await toolPaths();
  const { bin: istioBin } = await istioPaths(istio);
  const program = await builtClient(report);
  await claimLab(name, report);
  try {
    // It stays in the phase `starting`, in which a lab lives only as long as its owner.
    const { state } = newLabRecord({
      name,
      clusters: [],
      controlPlaneOnly: true,
      fsync: false,
      audit: false,
      istios: othersAmong([istio]),
      bin,
    });
    const site = oracleSite({ name, index: state.index, bin, istio, istioBin });
    const servers = await startApiServers(site, clusters, signal);
    report(`${clusters} API servers are ready`);
    const client = new DiscoveryClient({ program, group: site.group, logFile: join(site.logs, 'adsclient.log') });
    return runningOracle(site, new OracleFleet(site, servers), client);
  } catch (error) {
    await tearDown(name);
    throw error;
  }
}

function runningOracle(site: OracleSite, fleet: OracleFleet, client: DiscoveryClient): Oracle {
  let envoys = 0;
  const { version } = istioSource(site.istio);
  const envoyFor = (istiod: string, proxy: ProxyNode): EnvoyStart => {
    const { discovery, settings } = fleet.istiod(istiod);
    envoys += 1;
    return { site, discovery, node: xdsNode(proxy, settings.domain, version), place: envoys };
  };
  return {
    logs: site.logs,
    async load(snapshot) {
      await client.closeStreams();
      await fleet.load(snapshot);
    },
    async query(istiod, proxy, names) {
      const { discovery, settings } = fleet.istiod(istiod);
      const stream = `${discovery} ${JSON.stringify(proxy)}`;
      return await client.query({ stream, address: discovery, node: xdsNode(proxy, settings.domain, version), names });
    },
    async serverNames(istiod, proxy) {
      const { discovery, settings } = fleet.istiod(istiod);
      const asked = { address: discovery, node: xdsNode(proxy, settings.domain, version), names: [], listeners: true };
      const found = await client.query({ stream: `${discovery} listeners ${JSON.stringify(proxy)}`, ...asked });
      return found.serverNames ?? new Map();
    },
    envoyHosts: (istiod, proxy) => envoyHosts(envoyFor(istiod, proxy)),
    envoyRoutes: (istiod, proxy, requests) => envoyRoutes(envoyFor(istiod, proxy), requests),
    renewSecrets: () => fleet.renewSecrets(),
    reconnect: () => client.closeStreams(),
    async [Symbol.asyncDispose]() {
      client.close();
      await tearDown(site.name);
    },
  };
}
