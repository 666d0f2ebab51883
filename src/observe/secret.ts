import { decodeBase64Text } from '../base/base64.ts';
import { isJsonObject } from '../base/json.ts';
import type { KubeObject } from '../objects/object.ts';

/** The decoded texts of a Secret. */
export function secretTexts(secret: KubeObject | undefined): Readonly<Record<string, string>> | undefined {
  const data = secret?.data;
  if (!isJsonObject(data)) return undefined;
  return Object.fromEntries(
    Object.entries(data).flatMap(([key, value]) => {
      const text = typeof value === 'string' ? decodeBase64Text(value) : undefined;
      return text === undefined ? [] : [[key, text] as const];
    }),
  );
}
