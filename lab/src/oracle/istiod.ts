import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { IsthmusError } from '../../../src/base/error.ts';
import { canonicalJson, type Json } from '../../../src/base/json.ts';
import type { IstiodSettings } from '../../../src/discovery/values/snapshot.ts';
import { endProcess, startBackground } from '../process/background.ts';
import { createPatience, workOf } from '../process/patience.ts';
import { isAlive, type ProcessId, procReader } from '../process/proc.ts';
import { markedClusters } from './marker.ts';
import { istiodAddress, istiodCommand, istiodEnvironment, istiodPorts, type OracleSite } from './site.ts';

const clusterzSchema = z.array(z.object({ id: z.string(), syncStatus: z.string() }));

const pollMs = 10;

export interface IstiodStart {
  readonly site: OracleSite;
  readonly settings: IstiodSettings;
  /** Of its config cluster. */
  readonly kubeconfig: string;
  /** Which of the addresses is its own. */
  readonly place: number;
}

/** What an istiod cannot take over without a new start. */
export function startKey(settings: IstiodSettings, server: string): string {
  const { cluster, flags, domain, namespace } = settings;
  return canonicalJson({ cluster, flags, domain, namespace, server });
}

/** A real istiod outside of Kubernetes. */
export class Istiod {
  readonly place: number;
  readonly #address: string;
  readonly #name: string;
  readonly #log: string;
  readonly #process: ProcessId;
  readonly #renewals = new Map<string, number>();
  /** Its remote clusters in the order in which their registries were added, each with the server behind the name. */
  remotes: readonly { readonly cluster: string; readonly server: string }[] = [];

  constructor({ site, settings, kubeconfig, place }: IstiodStart) {
    this.place = place;
    this.#name = settings.cluster;
    this.#address = istiodAddress(site, place);
    this.#log = join(site.logs, `istiod-${settings.cluster}.log`);
    const folder = join(site.folder, 'istiods', settings.cluster);
    mkdirSync(folder, { recursive: true });
    const file = join(folder, 'kubeconfig');
    writeFileSync(file, kubeconfig, { mode: 0o600 });
    this.#process = startBackground({
      command: istiodCommand(site, settings, { address: this.#address, kubeconfig: file }),
      logFile: this.#log,
      group: site.group,
      cwd: folder,
      env: istiodEnvironment(settings),
    });
  }

  /** HOST:PORT of its plaintext discovery service. */
  get discovery(): string {
    return `${this.#address}:${istiodPorts.discovery}`;
  }

  get isAlive(): boolean {
    return isAlive(this.#process, procReader);
  }

  async end(): Promise<void> {
    await endProcess(this.#process, 0);
  }

  /** Resolves when it serves discovery. */
  async ready(): Promise<void> {
    await this.#until('it was not ready', async () => (await this.#get('/ready')).status === 200);
  }

  /** Resolves when the remote cluster's registry is complete. */
  async synced(cluster: string): Promise<void> {
    await this.#until(`the remote cluster ${cluster} was not synced`, async () => {
      const clusters = clusterzSchema.parse(await this.#json('/debug/clusterz'));
      return clusters.some(({ id, syncStatus }) => id === cluster && syncStatus === 'synced');
    });
  }

  /** Resolves when it reads no remote cluster but these. */
  async forgotten(kept: readonly string[]): Promise<void> {
    await this.#until('a removed remote cluster was not forgotten', async () => {
      const clusters = clusterzSchema.parse(await this.#json('/debug/clusterz'));
      return clusters.every(({ id }) => id === this.#name || kept.includes(id));
    });
  }

  /** Resolves when it has the endpoints of each of these clusters as of that step of a load. */
  async seen(clusters: readonly string[], { domain }: IstiodSettings, step: number): Promise<void> {
    await this.#until(`it did not see all of ${clusters.join(', ')}`, async () => {
      const marked = markedClusters((await this.#json('/debug/endpointShardz')) as Json, domain, step);
      return clusters.every((cluster) => marked.has(cluster));
    });
  }

  /** How often the secret of a remote cluster has changed since it runs, this time included. */
  countRenewal(cluster: string): number {
    const times = (this.#renewals.get(cluster) ?? 0) + 1;
    this.#renewals.set(cluster, times);
    return times;
  }

  /** Resolves when it has taken another secret of the remote cluster into use that often, and given the one before up. */
  async renewed(cluster: string, times: number): Promise<void> {
    const line = `stopping previous cluster ${cluster} after new cluster synced`;
    await this.#until(`a changed secret of ${cluster} was not taken into use`, async () => {
      return readFileSync(this.#log, 'utf8').split(line).length > times;
    });
  }

  async #get(path: string): Promise<{ readonly status: number; readonly text: string }> {
    const answer = await fetch(`http://${this.#address}:${istiodPorts.http}${path}`, {
      signal: AbortSignal.timeout(5_000),
    });
    return { status: answer.status, text: await answer.text() };
  }

  async #json(path: string): Promise<unknown> {
    return JSON.parse((await this.#get(path)).text);
  }

  async #until(what: string, question: () => Promise<boolean>): Promise<void> {
    const programs = [{ pid: this.#process.pid, logFile: this.#log }];
    const patience = createPatience({ work: () => workOf(programs) });
    for (;;) {
      if (await question().catch(() => false)) return;
      const dead = !this.isAlive;
      if (dead || patience.isOver()) {
        const why = dead ? 'it ended' : `${what} (${patience.text})`;
        throw new IsthmusError('timeout', `istiod of ${this.#name}: ${why}`, { remedy: this.#logEnd() });
      }
      await delay(pollMs);
    }
  }

  #logEnd(): string {
    const lines = readFileSync(this.#log, 'utf8').trimEnd().split('\n');
    return `the last lines of its log:\n${lines.slice(-5).join('\n')}`;
  }
}
