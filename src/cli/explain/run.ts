import { type Field, type Kind, kindsOfFile } from '../../api/fields.ts';
import { IsthmusError } from '../../base/error.ts';
import { nearMatch } from '../../base/near-match.ts';
import { type ExitCode, exitCodes } from '../shell/exit-code.ts';
import type { ExplainFlags } from '../shell/flags.ts';
import type { Terminal } from '../shell/terminal.ts';
import { fieldText, kindsText, treeText } from './text.ts';

/** Describes a kind or a field of the mesh file. */
export function runExplain(path: string | undefined, flags: ExplainFlags, { stdout }: Terminal): ExitCode {
  const kinds = kindsOfFile();
  if (path === undefined) {
    stdout(kindsText(kinds));
  } else {
    const { kind, field } = named(kinds, path);
    stdout(flags.recursive === true ? treeText(kind, field) : fieldText(kind, field));
  }
  return exitCodes.done;
}

function named(kinds: readonly Kind[], path: string): { readonly kind: string; readonly field: Field } {
  const [first = '', ...names] = path.split('.').filter((name) => name !== '');
  const word = first.toLowerCase();
  const found = kinds.find(({ kind, aliases }) => [kind.toLowerCase(), ...aliases].includes(word));
  if (found === undefined) {
    const known = kinds.map(({ kind }) => kind);
    const near = nearMatch(
      word,
      known.map((kind) => kind.toLowerCase()),
    );
    throw new IsthmusError('usage', `there is no kind ${first}`, {
      remedy: near === undefined ? `the kinds are ${known.join(', ')}` : `did you mean ${near}?`,
    });
  }
  const { kind, document } = found;
  return { kind, field: names.reduce(inside, document) };
}

function inside(field: Field, name: string): Field {
  const found = field.fields.find((one) => one.name === name) ?? field.fields.find((one) => isSame(one.name, name));
  if (found !== undefined) return found;
  const names = field.fields.map((one) => one.name);
  const near = nearMatch(name, names);
  const known = names.length === 0 ? 'it has none: its content is free' : `it has ${names.join(', ')}`;
  throw new IsthmusError('usage', `${field.path} has no field ${name}`, {
    remedy: near === undefined ? known : `did you mean ${near}?`,
  });
}

function isSame(left: string, right: string): boolean {
  return left.toLowerCase() === right.toLowerCase();
}
