import { type Action, type OptionName, type Options, partsOf, type Remedy } from '../base/remedy.ts';
import { quoted } from './shell-word.ts';

export type RunAction = Extract<Action, { do: 'Run' }>;
export type RepeatAction = Extract<Action, { do: 'Repeat' }>;

/** What a shell says in its own way: it alone knows what was tried, and on which mesh. */
export interface Phrasing {
  /** The flags that name the same mesh for an operation. */
  readonly sourceOf: (action: RunAction) => readonly string[];
  readonly repeatText: (action: RepeatAction) => string;
}

/** A remedy in words: a sentence with its commands in backticks. */
export function remedyWords(one: Remedy, phrasing: Phrasing): string {
  return partsOf(one)
    .map((part) => (typeof part === 'string' ? part : actionText(part, phrasing)))
    .join('');
}

function actionText(action: Action, { sourceOf, repeatText }: Phrasing): string {
  switch (action.do) {
    case 'Run':
      return code([
        'isthmus',
        action.operation === 'renewTrust' ? 'trust renew' : action.operation,
        action.subject === undefined ? '' : quoted(action.subject),
        ...sourceOf(action),
        flagsOf(action.options),
      ]);
    case 'Repeat':
      return repeatText(action);
    case 'Option':
      return code([flagName(action.name), action.value === undefined ? '' : quoted(String(action.value))]);
    case 'Execute':
      return code([action.program, ...action.args.map(quoted)]);
    case 'Set': {
      const { field, of, value } = action;
      const owner = of.name === undefined ? `the ${of.kind}` : `${of.kind} ${of.name}`;
      return `set ${field} of ${owner}${value === undefined ? '' : ` to ${value}`}`;
    }
    case 'Restart': {
      const { cluster, context = cluster, namespace, workload = 'deployment' } = action;
      const where = ['--context', quoted(context), '-n', quoted(namespace)];
      return code(['kubectl', ...where, 'rollout restart', quoted(workload)]);
    }
  }
}

/** Options as the command line takes them. */
export function flagsOf(options: Options | undefined): string {
  return Object.entries(options ?? {})
    .map(([name, value]) => (value === true ? flagName(name) : `${flagName(name)} ${quoted(String(value))}`))
    .join(' ');
}

/** The flag of an option: `--max-delete` for `maxDelete`. */
export function flagName(name: OptionName | (string & {})): string {
  if (name === 'file') return '-f';
  return `--${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

/** Words that are not empty as a command in backticks. */
export function code(words: readonly string[]): string {
  return `\`${words.filter((word) => word !== '').join(' ')}\``;
}
