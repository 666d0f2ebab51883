import { createHash, timingSafeEqual } from 'node:crypto';

/** Makes a text that cannot be guessed. */
export type Draw = () => string;

/**
 * Who may see the dashboard: the one browser that brings the key of the link, which is good for one use and is exchanged for
 * a cookie. Both live in the memory of this process alone.
 */
export class Entry {
  readonly #key: string;
  readonly #cookie: string;
  readonly #name: string;
  #isOpen = true;

  constructor(port: number, draw: Draw) {
    this.#key = draw();
    this.#cookie = draw();
    // Cookies know hosts and no ports: two dashboards would overwrite each other's.
    this.#name = `isthmus-${port}`;
  }

  /** What stands behind the # of the link: no request, log or referrer holds it. */
  get key(): string {
    return this.#key;
  }

  /** The header that lets the bearer of the key in; undefined for another key, and for one that was used. */
  redeem(key: string): string | undefined {
    if (!this.#isOpen || !isSame(key, this.#key)) return undefined;
    this.#isOpen = false;
    return `${this.#name}=${this.#cookie}; Path=/api; HttpOnly; SameSite=Strict`;
  }

  /** Whether a request with this header may see the mesh. */
  admits(cookies: string | undefined): boolean {
    const values = (cookies ?? '').split(';').map((part) => part.trim().split('='));
    return values.some(([name, value = '']) => name === this.#name && isSame(value, this.#cookie));
  }
}

/** Takes the same time for all texts. */
function isSame(one: string, other: string): boolean {
  const [a, b] = [one, other].map((text) => createHash('sha256').update(text).digest());
  return a !== undefined && b !== undefined && timingSafeEqual(a, b);
}
