import type { z } from 'zod';
import { conceal } from '../../base/conceal.ts';
import { isJsonObject, type Json } from '../../base/json.ts';

/** Longest piece of a file that a message repeats. */
const maxQuoted = 60;

/** A piece of the file within quotes, shortened. JSON's escapes keep control characters out of messages. */
export function quote(text: string): string {
  const shown = conceal(text);
  return JSON.stringify(shown.length > maxQuoted ? `${shown.slice(0, maxQuoted)}…` : shown);
}

/** A key, shortened, quoted only where it is not a plain word. */
export function quoteKey(key: string): string {
  return /^[\w.-]{1,60}$/.test(key) ? key : quote(key);
}

/** `spec.injectNamespaces[0]`. */
export function pathText(path: readonly PropertyKey[]): string {
  return path
    .map((segment) => (typeof segment === 'number' ? `[${segment}]` : `.${quoteKey(String(segment))}`))
    .join('')
    .replace(/^\./, '');
}

/** What a value is, in words: `the number 1.31`. */
export function describeValue(value: Json | undefined): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'nothing';
  if (typeof value === 'string') return value === '' ? 'an empty text' : `the text ${quote(value)}`;
  if (typeof value === 'number') return `the number ${value}`;
  if (typeof value === 'boolean') return String(value);
  return isJsonObject(value) ? 'a map' : 'a list';
}

const typeWords: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  object: 'a map of keys and values',
  record: 'a map of keys and values',
  array: 'a list',
};

function sizeWords(issue: z.core.$ZodIssueTooBig | z.core.$ZodIssueTooSmall): string {
  const [limit, word] = issue.code === 'too_big' ? [issue.maximum, 'most'] : [issue.minimum, 'least'];
  if (issue.origin === 'string') {
    return issue.code === 'too_small' && limit === 1 ? 'must not be empty' : `must have at ${word} ${limit} characters`;
  }
  if (issue.origin === 'array') return `must have at ${word} ${limit} entries`;
  return `must be at ${word} ${limit}`;
}

/** What the schema wants instead, as the end of a sentence: `must be a text`. */
export function describeWanted(issue: z.core.$ZodIssue): string {
  // The schemas' own messages are written to end a sentence; zod's are not.
  if (issue.message.startsWith('must ')) return issue.message;
  switch (issue.code) {
    case 'invalid_type':
      return `must be ${typeWords[issue.expected] ?? issue.expected}`;
    case 'invalid_value':
      return issue.values.length === 1
        ? `must be ${JSON.stringify(issue.values[0])}`
        : `must be one of ${issue.values.map((value) => JSON.stringify(value)).join(', ')}`;
    case 'too_big':
    case 'too_small':
      return sizeWords(issue);
    case 'invalid_format':
      return `must be a valid ${issue.format}`;
    default:
      return 'must be a value of another form';
  }
}
