import { setTimeout as delay } from 'node:timers/promises';
import { IsthmusError } from '../../../src/base/error.ts';
import type { IstiodSettings, Snapshot } from '../../../src/discovery/values/snapshot.ts';
import type { ApiServer } from './api-servers.ts';
import { type Contents, clusterContents, phases, remoteSecret, type Step } from './desired.ts';
import { Istiod, startKey } from './istiod.ts';
import { debounceMs, istiodAddresses, type OracleSite } from './site.ts';
import { assignSlots, clusterNames } from './slots.ts';
import { ObjectStore } from './store.ts';

interface Running {
  readonly key: string;
  readonly istiod: Istiod;
  readonly settings: IstiodSettings;
}

/** Three of istiod's debounce intervals. */
const settleMs = 3 * debounceMs;

/** The API servers and istiods of an oracle, and which snapshot they hold. */
export class OracleFleet {
  readonly #site: OracleSite;
  readonly #servers: readonly ApiServer[];
  readonly #store: ObjectStore;
  #slots: ReadonlyMap<string, number> = new Map();
  #running: readonly Running[] = [];
  #steps = 0;
  #starts = 0;
  #renewals = 0;

  constructor(site: OracleSite, servers: readonly ApiServer[]) {
    this.#site = site;
    this.#servers = servers;
    this.#store = new ObjectStore(site, servers.length);
  }

  /** The istiod of a config cluster of the snapshot that was loaded last. */
  istiod(cluster: string): { readonly discovery: string; readonly settings: IstiodSettings } {
    const found = this.#running.find(({ settings }) => settings.cluster === cluster);
    if (found !== undefined) return { discovery: found.istiod.discovery, settings: found.settings };
    throw new IsthmusError('usage', `the loaded snapshot has no istiod of the cluster ${cluster}`);
  }

  async load(snapshot: Snapshot): Promise<void> {
    this.#slots = assignSlots(clusterNames(snapshot), this.#slots, this.#servers.length);
    this.#running = await this.#keep(snapshot);
    const shrunk = this.#running.filter(({ istiod, settings }) => this.#dropRemotes(istiod, settings));
    for (const phase of phases) {
      this.#steps += 1;
      const step = { phase, number: this.#steps };
      await this.#store.replace(this.#contents(snapshot, step));
      if (phase === 'nothing') await this.#connect(snapshot, shrunk);
      await this.#seen(step);
    }
  }

  /** Changes every remote secret, as a renewed token does, and resolves when each istiod reads with the new one alone. */
  async renewSecrets(): Promise<void> {
    this.#renewals += 1;
    await Promise.all(
      this.#running.map(async ({ istiod, settings }) => {
        const slot = this.#slots.get(settings.cluster) ?? -1;
        for (const { cluster } of istiod.remotes) {
          const { key, text } = this.#remoteSecret(settings, cluster);
          await this.#store.put(slot, key, text);
          await istiod.renewed(cluster, istiod.countRenewal(cluster));
        }
      }),
    );
  }

  /** Makes each istiod of the snapshot run and read its remote clusters. */
  async #connect(snapshot: Snapshot, shrunk: readonly Running[]): Promise<void> {
    this.#running = [...this.#running, ...this.#startMissing(snapshot)];
    await Promise.all(
      this.#running.map(async (running) => {
        const { istiod, settings } = running;
        await istiod.ready();
        if (shrunk.includes(running)) await istiod.forgotten(istiod.remotes.map(({ cluster }) => cluster));
        await this.#addRemotes(istiod, settings);
      }),
    );
  }

  async #seen(step: Step): Promise<void> {
    await Promise.all(
      this.#running.map(({ istiod, settings }) =>
        istiod.seen([settings.cluster, ...settings.remotes], settings, step.number),
      ),
    );
    // The marker's kind has arrived; the other kinds come by watches of their own, at about the same moment.
    await delay(settleMs);
  }

  #serverOf(cluster: string): ApiServer {
    const server = this.#servers[this.#slots.get(cluster) ?? -1];
    if (server === undefined) throw new IsthmusError('internal', `no API server stands for the cluster ${cluster}`);
    return server;
  }

  #keyOf(settings: IstiodSettings): string {
    return startKey(settings, this.#serverOf(settings.cluster).server);
  }

  /** Ends the istiods that the snapshot does not have like that, and gives the living others with their new settings. */
  async #keep(snapshot: Snapshot): Promise<readonly Running[]> {
    const wanted = new Map(snapshot.istiods.map((settings) => [this.#keyOf(settings), settings]));
    if (new Set(snapshot.istiods.map(({ cluster }) => cluster)).size < snapshot.istiods.length) {
      throw new IsthmusError('usage', 'two istiods of the snapshot have the same config cluster');
    }
    await Promise.all(this.#running.filter(({ key }) => !wanted.has(key)).map(({ istiod }) => istiod.end()));
    return this.#running.flatMap(({ key, istiod }) => {
      const settings = wanted.get(key);
      return settings === undefined || !istiod.isAlive ? [] : [{ key, istiod, settings }];
    });
  }

  /**
   * Drops the first remote that is not the snapshot's and all after it, or their order would not be the snapshot's.
   * True where there was one.
   */
  #dropRemotes(istiod: Istiod, { remotes }: IstiodSettings): boolean {
    const differs = istiod.remotes.findIndex(
      ({ cluster, server }, index) => cluster !== remotes[index] || server !== this.#serverOf(cluster).server,
    );
    if (differs < 0) return false;
    istiod.remotes = istiod.remotes.slice(0, differs);
    return true;
  }

  #contents(snapshot: Snapshot, step: Step): ReadonlyMap<number, Contents> {
    const contents = new Map<number, Map<string, string>>();
    for (const [cluster, slot] of this.#slots) contents.set(slot, new Map(clusterContents(snapshot, cluster, step)));
    for (const { istiod, settings } of this.#running) {
      for (const { cluster } of istiod.remotes) {
        const { key, text } = this.#remoteSecret(settings, cluster);
        contents.get(this.#slots.get(settings.cluster) ?? -1)?.set(key, text);
      }
    }
    return contents;
  }

  #remoteSecret(settings: IstiodSettings, remote: string): ReturnType<typeof remoteSecret> {
    const { kubeconfig } = this.#serverOf(remote);
    const mark = this.#renewals === 0 ? '' : `\n# renewal ${this.#renewals}\n`;
    return remoteSecret(settings, remote, `${kubeconfig}${mark}`);
  }

  #startMissing(snapshot: Snapshot): readonly Running[] {
    const present = new Set(this.#running.map(({ key }) => key));
    return snapshot.istiods
      .map((settings) => ({ settings, key: this.#keyOf(settings) }))
      .filter(({ key }) => !present.has(key))
      .map(({ settings, key }) => {
        const { kubeconfig } = this.#serverOf(settings.cluster);
        const istiod = new Istiod({ site: this.#site, settings, kubeconfig, place: this.#freePlace() });
        return { key, settings, istiod };
      });
  }

  /** Addresses in turn, so that the client never takes an istiod for the one that was there before. */
  #freePlace(): number {
    const taken = new Set(this.#running.map(({ istiod }) => istiod.place));
    do this.#starts += 1;
    while (taken.has(this.#starts % istiodAddresses));
    return this.#starts % istiodAddresses;
  }

  /** One after the other: istiod's registries are in the order in which they were added, and that order shows. */
  async #addRemotes(istiod: Istiod, settings: IstiodSettings): Promise<void> {
    const slot = this.#slots.get(settings.cluster) ?? -1;
    for (const cluster of settings.remotes.slice(istiod.remotes.length)) {
      const { key, text } = this.#remoteSecret(settings, cluster);
      await this.#store.put(slot, key, text);
      await istiod.synced(cluster);
      istiod.remotes = [...istiod.remotes, { cluster, server: this.#serverOf(cluster).server }];
    }
  }
}
