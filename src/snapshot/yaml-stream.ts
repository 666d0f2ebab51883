import { type Document, LineCounter, parseAllDocuments, type YAMLError } from 'yaml';
import { isTooDeep, tooDeepText } from '../base/depth.ts';
import { IsthmusError } from '../base/error.ts';
import { isJsonObject, textAt } from '../base/json.ts';
import { parseJson } from '../base/parse-json.ts';

/** As many aliases as stand for values; more of them, within each other, are a few lines that fill the memory. */
const maxAliasCount = 100;

/** Directives, and documents that begin or end on a line with something else: only the whole stream tells what they mean. */
const marked = /^(?:%|\.\.\.|---.)/m;

/**
 * The documents of a YAML stream that hold anything. Throws `invalid-config` with the place for what is not YAML, and
 * for what is nested too deeply or has too many aliases: a snapshot is sent around, and its objects were written by others.
 */
export function documentsOf(path: string, content: string): readonly unknown[] {
  const texts = marked.test(content) ? [content] : content.split(/^---\n/m);
  if (texts.length === 1) return documentsIn(path, content);
  return documentsApart(path, texts) ?? documentsTogether(path, content);
}

/** One document after the other; undefined where one is invalid, of which the place counts from the beginning of the stream. */
function documentsApart(path: string, texts: readonly string[]): readonly unknown[] | undefined {
  try {
    return texts.flatMap((text) => documentsIn(path, text));
  } catch (error) {
    if (error instanceof IsthmusError) return undefined;
    throw error;
  }
}

/** JSON, as snapshots are written, needs no parser of all of YAML. What is no valid JSON may still be YAML. */
function documentsIn(path: string, text: string): readonly unknown[] {
  const value = text.startsWith('{') ? parseJson(text) : undefined;
  return value === undefined || isTooDeep(value) ? documentsTogether(path, text) : [value];
}

function documentsTogether(path: string, content: string): readonly unknown[] {
  const lines = new LineCounter();
  return parse(path, content, lines).flatMap((document, index) => {
    const [error] = document.errors;
    if (error !== undefined) throw syntaxError(path, error, lines);
    const value = contentOf(document, path);
    if (isTooDeep(value))
      throw invalid(`${path}: document ${index + 1}${nameOf(value)} cannot be read: ${tooDeepText}`);
    return value === null ? [] : [value];
  });
}

function parse(path: string, content: string, lineCounter: LineCounter): readonly Document.Parsed[] {
  try {
    const documents = parseAllDocuments(content, { lineCounter, prettyErrors: false, logLevel: 'error' });
    return Array.isArray(documents) ? documents : [];
  } catch (error) {
    // Deep nesting exhausts the stack of the recursive composer.
    if (error instanceof RangeError) throw invalid(`${path} cannot be read: ${tooDeepText}`);
    throw error;
  }
}

function syntaxError(path: string, error: YAMLError, lines: LineCounter): IsthmusError {
  const { line, col } = lines.linePos(error.pos[0]);
  const isDeep = error.code === 'RESOURCE_EXHAUSTION' || error.message.includes('call stack');
  if (isDeep) return invalid(`${path}:${line}:${col} cannot be read: ${tooDeepText}`);
  return new IsthmusError('invalid-config', `${path}:${line}:${col}: ${error.message}`, {
    remedy: 'correct the YAML at that place',
  });
}

function contentOf(document: Document.Parsed, path: string): unknown {
  try {
    return document.toJS({ maxAliasCount });
  } catch (cause) {
    throw invalid(
      `${path} has YAML aliases (*name) that cannot be resolved, or more than ${maxAliasCount} values of them`,
      cause,
    );
  }
}

function nameOf(value: unknown): string {
  if (!isJsonObject(value)) return '';
  const kind = textAt(value, ['kind']) ?? 'object';
  const [namespace, name] = ['namespace', 'name'].map((key) => textAt(value, ['metadata', key]));
  return name === undefined ? '' : ` (${kind} ${namespace === undefined ? '' : `${namespace}/`}${name})`;
}

function invalid(message: string, cause?: unknown): IsthmusError {
  return new IsthmusError('invalid-config', message, {
    cause,
    remedy: 'write it without deep nesting and without aliases, or take the snapshot again',
  });
}
