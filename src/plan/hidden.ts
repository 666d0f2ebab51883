import { maxLevels } from '../base/depth.ts';
import { isJsonObject, type Json } from '../base/json.ts';

/** What stands for a value that must not be shown. */
export const hiddenText = '(hidden)';

/** What stands for a value below so many levels. */
const deepText = '(nested too deeply)';

/** Begins as PEM does, in clear or in base64: keys, but certificates too. */
const pem = /-----BEGIN |LS0tLS1CRUdJTi/;
/** A JSON Web Token: two JSON objects and a signature, each in base64url. */
const token = /\beyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]+/;

/** True for a text that carries key material, a certificate or a token, wherever it stands. */
export function isConfidential(text: string): boolean {
  return pem.test(text) || token.test(text);
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
