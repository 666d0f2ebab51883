import { type Document, type ParsedNode, parseAllDocuments, type YAMLError } from 'yaml';
import { conceal } from '../../base/conceal.ts';
import type { Finding } from '../../base/finding.ts';
import type { Json } from '../../base/json.ts';
import { tooDeep, tooLarge } from '../check/limits.ts';
import { quote, quoteKey } from '../check/wording.ts';
import { type NodeIndex, type NodeProblem, placeOf, readNode } from './node.ts';
import { lineNumberAt, type Place, positionAt, type SourceText } from './source.ts';

/** A megabyte is some thousand clusters; the parser's time grows with the text. */
const maxCharacters = 1_048_576;

/** One YAML document of the stream that could be read. */
export interface StreamDocument {
  readonly value: Json;
  readonly index: NodeIndex;
  /** Where the document starts, for findings about the whole of it. */
  readonly place: Place;
}

export interface Stream {
  /** In the order of the text; undefined for one that could not be read. */
  readonly documents: readonly (StreamDocument | undefined)[];
  readonly findings: readonly Finding[];
}

/** The documents of a YAML stream, and what is wrong with its syntax. */
export function readStream(source: SourceText): Stream {
  if (source.text.length > maxCharacters) {
    const message = `${source.file} has ${source.text.length} characters; a mesh file may have ${maxCharacters}`;
    return unreadable([limit(source, { start: 0, end: 0 }, message)]);
  }
  const parsed = parse(source);
  if (parsed === undefined) {
    return unreadable([limit(source, { start: 0, end: 0 }, `${source.file} is nested too deeply`)]);
  }
  if (parsed.length === 0) return unreadable([emptyDocument(source, { start: 0, end: 0 }, `${source.file} is empty`)]);
  const documents: (StreamDocument | undefined)[] = [];
  const findings: Finding[] = [];
  for (const [index, document] of parsed.entries()) {
    const read = readDocument(source, document, `document ${index + 1} of ${source.file}`);
    findings.push(...read.findings);
    documents.push(read.document);
  }
  return { documents, findings };
}

function unreadable(findings: readonly Finding[]): Stream {
  return { documents: [undefined], findings };
}

function parse(source: SourceText): Document.Parsed[] | undefined {
  try {
    // Keys are checked for equality by readNode, in linear time.
    const options = { prettyErrors: false, stringKeys: true, uniqueKeys: false, logLevel: 'error' } as const;
    return [...parseAllDocuments(source.text, options)];
  } catch (error) {
    // Deep nesting exhausts the stack of the recursive composer.
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

interface DocumentRead {
  readonly document?: StreamDocument;
  readonly findings: readonly Finding[];
}

function readDocument(source: SourceText, document: Document.Parsed, title: string): DocumentRead {
  const syntax = [
    ...document.errors.map((error) => syntaxFinding(source, error, 'error')),
    ...document.warnings.map((warning) => syntaxFinding(source, warning, 'warning')),
  ];
  // What stands in a document that is broken would be judged wrongly.
  if (document.errors.length > 0) return { findings: syntax };
  const contents: ParsedNode | null = document.contents;
  const { value, index, problems } = readNode(contents);
  const findings = [...syntax, ...problems.map((problem) => problemFinding(source, problem))];
  const place = startOf(document);
  if (problems.some(({ kind }) => kind !== 'duplicate-key' && kind !== 'reserved-key')) return { findings };
  if (value === null) return { findings: [...findings, emptyDocument(source, place, `${title} is empty`)] };
  return { document: { value, index, place }, findings };
}

function startOf(document: Document.Parsed): Place {
  const contents = placeOf(document.contents);
  const start = document.range[0];
  return contents !== undefined && contents.end > contents.start ? contents : { start, end: start + '---'.length };
}

function emptyDocument(source: SourceText, place: Place, message: string): Finding {
  const remedy =
    source.text.trim() === ''
      ? 'declare a Mesh and its MeshClusters in it, or look why the program that wrote the file wrote nothing'
      : 'remove the document, or look why the program that wrote the file wrote nothing';
  return { code: 'document-empty', severity: 'error', message, remedy, at: positionAt(source, place) };
}

function limit(source: SourceText, place: Place, message: string): Finding {
  const remedy = 'a mesh file is small and flat; check that this is the file you mean';
  return { code: 'yaml-limit', severity: 'error', message, remedy, at: positionAt(source, place) };
}

const syntaxHints: Readonly<Partial<Record<YAMLError['code'], string>>> = {
  TAB_AS_INDENT: 'indent with spaces',
  BAD_INDENT: 'indent the keys of one map equally',
  MISSING_CHAR: 'close the quote, bracket or brace, or put a colon after the key',
  BLOCK_AS_IMPLICIT_KEY: 'one "key: value" in a line; put a value that holds ": " in quotes',
  MULTILINE_IMPLICIT_KEY: 'one "key: value" in a line; check that the colon is followed by a space',
  BAD_SCALAR_START: 'put the value in quotes',
  BAD_DQ_ESCAPE: 'use single quotes, in which a backslash is plain text',
  NON_STRING_KEY: 'write the key as text',
  TAG_RESOLVE_FAILED: 'remove the tag',
  RESOURCE_EXHAUSTION: 'a mesh file is small and flat; check that this is the file you mean',
};

function syntaxFinding(source: SourceText, error: YAMLError, severity: 'error' | 'warning'): Finding {
  const code = error.code === 'RESOURCE_EXHAUSTION' ? 'yaml-limit' : 'yaml-syntax';
  const message = `not valid YAML: ${conceal(error.message)}`;
  const isOpenBracket = /^Flow (?:sequence|map) .* end with a/.test(error.message);
  const hint = isOpenBracket ? 'close the bracket or brace that is open before this line' : syntaxHints[error.code];
  const remedy = hint ?? 'correct the YAML at this place';
  // What is missing at the end of the file is shown after its last text, not on the empty line below.
  const last = source.text.trimEnd().length;
  const [start, end] = [Math.min(error.pos[0], last), Math.min(error.pos[1], last)];
  return { code, severity, message, remedy, at: positionAt(source, { start, end }) };
}

function problemFinding(source: SourceText, problem: NodeProblem): Finding {
  const { place } = problem;
  const at = positionAt(source, place);
  const severity = 'error';
  switch (problem.kind) {
    case 'duplicate-key': {
      const message = `the key ${quoteKey(problem.key)} is set twice in one map`;
      const remedy = `keep one of the two; the first is on line ${lineNumberAt(source, problem.first.start)}`;
      return { code: 'key-duplicate', severity, message, remedy, at };
    }
    case 'reserved-key':
      return {
        code: 'key-unknown',
        severity,
        message: `the key ${problem.key} cannot be used`,
        remedy: 'remove it',
        at,
      };
    case 'unresolved-alias': {
      const name = conceal(problem.name);
      const message = `not valid YAML: the alias *${name} has no anchor &${name} before it`;
      return { code: 'yaml-syntax', severity, message, remedy: 'put a text that starts with * in quotes', at };
    }
    case 'not-json': {
      const message = `${quote(problem.text)} is not a value that Kubernetes can hold`;
      return { code: 'value-invalid', severity, message, remedy: 'put it in quotes if it is meant as text', at };
    }
    case 'too-deep':
      return limit(source, place, tooDeep);
    case 'too-large':
      return limit(source, place, `${tooLarge}, those of its aliases counted`);
  }
}
