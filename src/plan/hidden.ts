import { maxLevels } from '../base/depth.ts';
import { isJsonObject, type Json } from '../base/json.ts';

/** What stands for a value that must not be shown. */
export const hiddenText = '(hidden)';

/** What stands for a value below so many levels. */
const deepText = '(nested too deeply)';

/** Begins as PEM does, in clear or in base64: keys, but certificates too. */
const pem = /-----BEGIN |LS0tLS1CRUdJTi/;
/** The second part of a JSON Web Token, and the beginning of the first: JSON objects in base64url. */
const middle = /^eyJ[\w-]{8,}$/;
const beginning = /(?:^|-)eyJ/;
const inToken = /^[\w-]$/;

/** True for a text that carries key material, a certificate or a token, wherever it stands. */
export function isConfidential(text: string): boolean {
  return pem.test(text) || hasToken(text);
}

/**
 * A JSON Web Token: two JSON objects and a signature, each in base64url. It is looked for between the full stops, each
 * part once: an expression over the whole text would begin again at every place that looks like a beginning.
 */
function hasToken(text: string): boolean {
  const parts = text.split('.');
  return parts.some((part, index) => {
    const signature = parts[index + 2]?.[0];
    if (signature === undefined || !inToken.test(signature) || !middle.test(parts[index + 1] ?? '')) return false;
    const run = endOf(part);
    const start = beginning.exec(run);
    return start !== null && run.length - (start.index + start[0].length) >= 8;
  });
}

/** The characters of a token with which a text ends. */
function endOf(text: string): string {
  let start = text.length;
  while (start > 0 && inToken.test(text[start - 1] ?? '')) start -= 1;
  return text.slice(start);
}

/** The value with every text that must not be shown replaced, and what is nested too deeply to be shown. */
export function withoutConfidential(value: Json, level = 0): Json {
  if (typeof value === 'string') return isConfidential(value) ? hiddenText : value;
  if (level > maxLevels) return deepText;
  if (Array.isArray(value)) return value.map((item: Json) => withoutConfidential(item, level + 1));
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, field]) =>
      field === undefined ? [] : [[key, withoutConfidential(field, level + 1)] as const],
    ),
  );
}
