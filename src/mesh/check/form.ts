import type { FindingCode } from '../../base/finding.ts';
import { isJsonObject, type Json, type JsonObject } from '../../base/json.ts';

/** A path into a document as the schema reports it. */
export type ValuePath = readonly PropertyKey[];

/** A place in the documents that are checked, wherever they came from. */
export interface Spot {
  /** The document's place in the order given, from 0. */
  readonly document: number;
  readonly path: ValuePath;
  /** What is meant: the key at the path, its value, or the whole document, where the key should be and is not. */
  readonly aim: 'Key' | 'Value' | 'Document';
}

/** An error in the documents, before their form gives its spot a position or an object path. */
export interface Mistake {
  readonly code: FindingCode;
  readonly message: string;
  readonly remedy: string;
  /** Left out for what concerns all documents together. */
  readonly spot?: Spot;
}

/** What the words of a mistake need to know of how the documents were given: as the text of a file or as data. */
export interface Form {
  /** What holds all documents: `a file`. */
  readonly container: string;
  /** That no document is of a kind: `mesh.yaml has no Mesh`. */
  lacks(kind: string): string;
  /** Where something stands, as the end of a sentence that began with "is": `on line 9`. */
  whereIs(spot: Spot): string;
  /** What to do about a number or boolean in the place of a text. `before` is its key with a colon, or empty. */
  quoteRemedy(spot: Spot, value: number | boolean, before: string): string;
}

/** A document of one of our kinds. */
export interface MeshDocument {
  /** Its place in the order given, from 0. */
  readonly number: number;
  readonly value: JsonObject;
}

export function keySpot({ number }: MeshDocument, path: ValuePath): Spot {
  return { document: number, path, aim: 'Key' };
}

export function valueSpot({ number }: MeshDocument, path: ValuePath): Spot {
  return { document: number, path, aim: 'Value' };
}

/** The value at a path, lists included; inherited properties are none. */
export function valueAtPath(root: Json, path: ValuePath): Json | undefined {
  let current: Json | undefined = root;
  for (const segment of path) {
    if (Array.isArray(current) && typeof segment === 'number') current = current[segment];
    else if (isJsonObject(current) && Object.hasOwn(current, segment)) current = current[String(segment)];
    else return undefined;
  }
  return current;
}
