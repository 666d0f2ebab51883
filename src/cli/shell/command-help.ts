import { meshFlags } from './flags.ts';
import type { Command } from './route.ts';

type Flags = NonNullable<Command['parameters']['flags']>;
type Flag = Flags[string];

/** A word of a command line, and what it means. */
export interface Described {
  readonly word: string;
  readonly meaning: string;
}

/** What there is to know of a command, for its `--help` and for its section of the reference. */
export interface CommandHelp {
  readonly brief: string;
  readonly usage: string;
  readonly description?: string | undefined;
  readonly positional: readonly Described[];
  /** The flags that it alone has. */
  readonly own: readonly Described[];
  /** Those of every command on a mesh. */
  readonly shared: readonly Described[];
}

const common: ReadonlySet<string> = new Set(Object.keys(meshFlags));

export function commandHelp(command: Command, name: string): CommandHelp {
  const { flags = {}, aliases = {} } = command.parameters;
  const shown = Object.entries(flags).filter(([, flag]) => !('hidden' in flag && flag.hidden === true));
  const described = (which: (flag: string) => boolean): readonly Described[] =>
    flagsHelp({ flags: Object.fromEntries(shown.filter(([flag]) => which(flag))), aliases });
  const positional = positionalOf(command);
  const required = shown.filter(([, flag]) => isRequired(flag)).map(([flag, how]) => labelOf(flag, how, {}));
  const usage = [
    name,
    ...required,
    ...positional.map(({ word }) => word),
    ...(shown.length > required.length ? ['[FLAGS]'] : []),
  ];
  return {
    brief: command.brief,
    usage: usage.join(' '),
    description: command.fullDescription,
    positional,
    own: described((flag) => !common.has(flag)),
    shared: described((flag) => common.has(flag)),
  };
}

/** Flags by their labels, such as `-o, --output FORM`. */
export function flagsHelp({
  flags,
  aliases,
}: {
  readonly flags: Readonly<Record<string, Flag>>;
  readonly aliases: Readonly<Record<string, unknown>>;
}): readonly Described[] {
  return Object.entries(flags).map(([flag, how]) => ({ word: labelOf(flag, how, aliases), meaning: meaningOf(how) }));
}

/** `-o, --output FORM`; flags without a letter are in the same column. */
function labelOf(name: string, flag: Flag, aliases: Readonly<Record<string, unknown>>): string {
  const letter = Object.entries(aliases).find(([, of]) => of === name)?.[0];
  const long = `--${name.replaceAll(/[A-Z]/g, (capital) => `-${capital.toLowerCase()}`)}`;
  const value = flag.kind === 'boolean' || flag.kind === 'counter' ? '' : ` ${placeholderOf(flag)}`;
  return `${letter === undefined ? '' : `-${letter}, `}${long}${value}`;
}

function placeholderOf(flag: Flag): string {
  if ('placeholder' in flag && typeof flag.placeholder === 'string') return flag.placeholder;
  return flag.kind === 'enum' ? 'FORM' : 'VALUE';
}

function isRequired(flag: Flag): boolean {
  const hasDefault = 'default' in flag && flag.default !== undefined;
  return !hasDefault && !('optional' in flag && flag.optional === true);
}

function meaningOf(flag: Flag): string {
  const more = [
    ...(flag.kind === 'enum' ? [`one of ${flag.values.join(', ')}`] : []),
    ...('default' in flag && flag.default !== undefined && flag.kind !== 'boolean'
      ? [`default ${String(flag.default)}`]
      : []),
  ];
  return more.length === 0 ? flag.brief : `${flag.brief} (${more.join('; ')})`;
}

function positionalOf({ parameters: { positional } }: Command): readonly Described[] {
  if (positional === undefined) return [];
  if (positional.kind === 'array') {
    const { placeholder, brief } = positional.parameter;
    return [{ word: `${placeholder ?? 'ARG'}...`, meaning: brief }];
  }
  return positional.parameters.map(({ placeholder = 'ARG', brief, optional }) => ({
    word: optional === true ? `[${placeholder}]` : placeholder,
    meaning: brief,
  }));
}
