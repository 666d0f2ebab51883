import { commandHelp, type Described } from './command-help.ts';
import { exitCodeMeanings } from './exit-code.ts';
import { type Command, isRouteMap, type Route, type RouteMap, type Target } from './route.ts';
import { wrapped } from './wrap.ts';

const width = 80;
/** Where the description of a flag or command begins. */
const column = 28;

/** Whether a line asks for help: `--help` or `-h` before `--`, or nothing but the name of a group. */
export function asksForHelp({ target, rest }: Route): boolean {
  const words = rest.slice(0, rest.includes('--') ? rest.indexOf('--') : rest.length);
  const asks = words.some((word) => word === '--help' || word === '-h');
  if (!isRouteMap(target)) return asks;
  const [first] = words;
  return first === undefined ? target.getDefaultCommand() === undefined : asks && first.startsWith('-');
}

/** What a command is for, how it is written, its flags and how it ends, in 80 columns. */
export function helpText({ target, names }: Pick<Route, 'target' | 'names'>): string {
  const name = ['isthmus', ...names].join(' ');
  const parts = isRouteMap(target) ? groupParts(target, name) : commandParts(target, name);
  return `${parts
    .filter((part) => part.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`;
}

type Part = readonly string[];

function groupParts(group: RouteMap, name: string): readonly Part[] {
  const isRoot = name === 'isthmus';
  const entries = group.getAllEntries().filter(({ hidden }) => !hidden);
  const byDefault = defaultName(group, entries);
  return [
    wrapped(group.brief, width),
    ['USAGE', `  ${name} COMMAND [FLAGS]`],
    ['COMMANDS', ...entries.flatMap(({ name: { original }, target }) => described(original, target.brief))],
    ...(byDefault === undefined ? [] : [wrapped(`Without a command it is \`${name} ${byDefault}\`.`, width)]),
    ...(isRoot
      ? [['EXIT CODES', ...Object.entries(exitCodeMeanings).flatMap(([code, text]) => described(code, text, 8))]]
      : []),
    wrapped(
      `\`${isRoot ? 'isthmus help COMMAND' : `${name} COMMAND --help`}\` describes a command and its flags.`,
      width,
    ),
  ];
}

function defaultName(group: RouteMap, entries: ReturnType<RouteMap['getAllEntries']>): string | undefined {
  const command: Target | undefined = group.getDefaultCommand();
  return entries.find(({ target }) => target === command)?.name.original;
}

function commandParts(command: Command, name: string): readonly Part[] {
  const { brief, usage, description, positional, own, shared } = commandHelp(command, name);
  const list = (title: string, entries: readonly Described[]): Part =>
    entries.length === 0 ? [] : [title, ...entries.flatMap(({ word, meaning }) => described(word, meaning))];
  return [
    wrapped(brief, width),
    ['USAGE', ...wrapped(usage, width - 4).map((line, index) => `${index === 0 ? '  ' : '    '}${line}`)],
    description === undefined ? [] : wrapped(description, width),
    list('ARGUMENTS', positional),
    list('FLAGS', own),
    list('COMMON FLAGS', shared),
    ['`isthmus --help` lists the exit codes.'],
  ];
}

/** A name, and beside it what it means; below it where the name is long. */
function described(name: string, meaning: string, at = column): Part {
  const lines = wrapped(meaning, width - at);
  const indent = ' '.repeat(at);
  if (name.length + 4 > at) return [`  ${name}`, ...lines.map((line) => `${indent}${line}`)];
  return lines.map((line, index) => `${index === 0 ? `  ${name}`.padEnd(at) : indent}${line}`);
}
