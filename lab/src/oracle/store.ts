import type { Contents } from './desired.ts';
import { keysBelow, writeAll } from './etcd.ts';
import { ownFolders } from './kinds.ts';
import { etcdPrefix, etcdUrl, type OracleSite } from './site.ts';

interface Written {
  readonly text: string;
  readonly revision: string;
}

function isOwn(key: string): boolean {
  return ownFolders.some((folder) => key.startsWith(`${folder}/`));
}

/**
 * The objects of all API servers, written straight into the etcd that they share. That is one transaction whatever
 * their number, status and creation times are the snapshot's own, and an object can be in the middle of its deletion;
 * through the API none of this can be had. Nothing is validated: what a real API server refuses gets in.
 */
export class ObjectStore {
  readonly #site: OracleSite;
  readonly #slots: number;
  readonly #written = new Map<string, Written>();

  constructor(site: OracleSite, slots: number) {
    this.#site = site;
    this.#slots = slots;
  }

  /**
   * Makes the API servers hold exactly that, by slot; a slot that is missing is emptied. What anybody else has changed
   * or added since is undone too.
   */
  async replace(contents: ReadonlyMap<number, Contents>): Promise<void> {
    const puts = new Map<string, string>();
    const deletes: string[] = [];
    for (let slot = 0; slot < this.#slots; slot += 1) {
      const prefix = `${etcdPrefix(slot)}/`;
      const present = await keysBelow(etcdUrl(this.#site), prefix);
      const wanted = contents.get(slot) ?? new Map<string, string>();
      for (const [key, text] of wanted) {
        const full = prefix + key;
        const known = this.#written.get(full);
        if (known?.text !== text || known.revision !== present.get(full)) puts.set(full, text);
      }
      for (const key of present.keys()) {
        const inner = key.slice(prefix.length);
        if (isOwn(inner) && !wanted.has(inner)) deletes.push(key);
      }
    }
    await this.#write(puts, deletes);
  }

  /** Writes one object more, which the next `replace` must name to keep. */
  async put(slot: number, key: string, text: string): Promise<void> {
    await this.#write(new Map([[`${etcdPrefix(slot)}/${key}`, text]]), []);
  }

  async #write(puts: ReadonlyMap<string, string>, deletes: readonly string[]): Promise<void> {
    if (puts.size + deletes.length === 0) return;
    const revision = await writeAll(etcdUrl(this.#site), { puts, deletes });
    for (const [key, text] of puts) this.#written.set(key, { text, revision });
    for (const key of deletes) this.#written.delete(key);
  }
}
