/** One block of a PEM text (RFC 7468). */
export interface PemBlock {
  /** `CERTIFICATE`, `PRIVATE KEY`, … */
  readonly type: string;
  readonly der: Uint8Array<ArrayBuffer>;
}

/** Bytes of base64 in one line of PEM. */
const lineLength = 64;

/** The blocks of a PEM text in their order, or undefined where a block is not well formed. Text between is skipped. */
export function parsePem(text: string): PemBlock[] | undefined {
  const blocks: PemBlock[] = [];
  const begin = /-----BEGIN ([A-Z0-9 ]{1,64})-----/g;
  for (let match = begin.exec(text); match !== null; match = begin.exec(text)) {
    const type = match[1] ?? '';
    const end = text.indexOf(`-----END ${type}-----`, begin.lastIndex);
    if (end < 0) return undefined;
    const der = fromBase64(text.slice(begin.lastIndex, end));
    if (der === undefined || der.length === 0) return undefined;
    blocks.push({ type, der });
    begin.lastIndex = end;
  }
  return blocks;
}

/** A PEM block with lines of 64 characters, ending with a line break. */
export function formatPem({ type, der }: PemBlock): string {
  const base64 = toBase64(der);
  const lines: string[] = [];
  for (let at = 0; at < base64.length; at += lineLength) lines.push(base64.slice(at, at + lineLength));
  return `-----BEGIN ${type}-----\n${lines.join('\n')}\n-----END ${type}-----\n`;
}

function toBase64(bytes: Uint8Array): string {
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''));
}

function fromBase64(text: string): Uint8Array<ArrayBuffer> | undefined {
  try {
    return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  } catch {
    return undefined;
  }
}

export function toHex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
