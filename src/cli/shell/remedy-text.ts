import { type Action, type OptionName, type Options, partsOf, type Remedy } from '../../base/remedy.ts';
import { quoted } from './shell-word.ts';

/** What a remedy's words need to know of the command that shows it. */
export interface RemedyContext {
  /** The flags that name the same mesh again; empty where none was named. */
  readonly source: string;
}

type RunAction = Extract<Action, { do: 'Run' }>;

/** A remedy in the words of the command line: a sentence with its commands in backticks. */
export function remedyText(one: Remedy, context: RemedyContext): string {
  return partsOf(one)
    .map((part) => (typeof part === 'string' ? part : actionText(part, context)))
    .join('');
}

function actionText(action: Action, { source }: RemedyContext): string {
  switch (action.do) {
    case 'Run':
      return code([
        'isthmus',
        commandOf(action),
        action.subject === undefined ? '' : quoted(action.subject),
        ...sourceOf(action, source),
        flagsOf(action.options),
      ]);
    case 'Repeat': {
      const added = flagsOf(action.options);
      const left = (action.without ?? []).map((name) => code([flagName(name)])).join(' and ');
      const detail = added === '' ? '' : ` with ${code([added])}`;
      return `run the same command again${detail}${left === '' ? '' : ` without ${left}`}`;
    }
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
      const { cluster, context = cluster, namespace, workload } = action;
      return code([
        'kubectl',
        '--context',
        quoted(context),
        '-n',
        quoted(namespace),
        'rollout restart',
        quoted(workload ?? 'deployment'),
      ]);
    }
  }
}

/** The mesh that the command shows was about, unless the action names another. */
function sourceOf({ operation, options }: RunAction, source: string): readonly string[] {
  const namesIt = options?.file !== undefined || options?.home !== undefined || options?.snapshot !== undefined;
  return namesIt || operation === 'probe' ? [] : [source];
}

function commandOf({ operation }: RunAction): string {
  return operation === 'renewTrust' ? 'trust renew' : operation;
}

function flagsOf(options: Options | undefined): string {
  return Object.entries(options ?? {})
    .map(([name, value]) => (value === true ? flagName(name) : `${flagName(name)} ${quoted(String(value))}`))
    .join(' ');
}

/** The flag of an option: `--max-delete` for `maxDelete`. */
function flagName(name: OptionName | (string & {})): string {
  if (name === 'file') return '-f';
  return `--${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

function code(words: readonly string[]): string {
  return `\`${words.filter((word) => word !== '').join(' ')}\``;
}
