/** The two identities of a mutual TLS connection as the server's sidecar saw them. */
export interface PeerIdentities {
  /** The server's own SPIFFE id (By=). */
  readonly server: string | null;
  /** The caller's SPIFFE id (URI=). */
  readonly client: string | null;
}

/**
 * The identities in an x-forwarded-client-cert header, taken from its last element: the one that the nearest
 * proxy added (Envoy, "HTTP header manipulation", x-forwarded-client-cert). Both are null for plaintext.
 */
export function identitiesOf(header: string | null): PeerIdentities {
  if (header === null) return { server: null, client: null };
  const element = splitOutsideQuotes(header, ',').at(-1) ?? '';
  const fields = splitOutsideQuotes(element, ';').map((field) => {
    const equals = field.indexOf('=');
    return { key: field.slice(0, equals).trim().toLowerCase(), value: unquote(field.slice(equals + 1).trim()) };
  });
  const field = (key: string): string | null => fields.find((entry) => entry.key === key)?.value || null;
  return { server: field('by'), client: field('uri') };
}

function splitOutsideQuotes(text: string, separator: string): string[] {
  const parts: string[] = [];
  let start = 0;
  let quoted = false;
  for (let index = 0; index < text.length; index += 1) {
    const character = text[index];
    if (quoted && character === '\\') index += 1;
    else if (character === '"') quoted = !quoted;
    else if (!quoted && character === separator) {
      parts.push(text.slice(start, index));
      start = index + 1;
    }
  }
  parts.push(text.slice(start));
  return parts;
}

function unquote(text: string): string {
  return text.startsWith('"') && text.endsWith('"') ? text.slice(1, -1).replace(/\\(.)/g, '$1') : text;
}
