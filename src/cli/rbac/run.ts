import { IsthmusError } from '../../base/error.ts';
import { nearMatch } from '../../base/near-match.ts';
import { option, remedy } from '../../base/remedy.ts';
import { accessRoles } from '../../engine/access-roles.ts';
import type { RolesOptions } from '../../engine/options.ts';
import type { AccessRoles } from '../../report/access-roles.ts';
import { type ExitCode, exitCodes } from '../shell/exit-code.ts';
import type { RbacFlags } from '../shell/flags.ts';
import { type CommandRun, openNamed } from '../shell/open.ts';
import { printReport } from '../shell/print.ts';
import { rolesText } from './text.ts';

const commands: ReadonlyMap<string, RolesOptions['command']> = new Map([
  ...(['init', 'plan', 'apply', 'status', 'doctor', 'verify', 'trust', 'trace', 'whatif', 'snapshot'] as const).map(
    (name) => [name, name] as const,
  ),
  ['trust renew', 'renewTrust'],
  ['service', 'services'],
  ['shift', 'shift'],
  ['drill', 'drill'],
  ['dashboard', 'dashboard'],
  ...(['join', 'leave', 'uninstall', 'operator'] as const).map((name) => [name, name] as const),
]);

/** Prints the roles of a command, of one mesh or of any. */
export async function runRbac(flags: RbacFlags, words: readonly string[], run: CommandRun): Promise<ExitCode> {
  const options = { command: commandOf(words, flags), subjects: subjectsOf(flags) };
  const report = await rolesFor(options, flags, run);
  printReport(report, flags.output, rolesText, run.terminal);
  return exitCodes.done;
}

async function rolesFor(options: RolesOptions, flags: RbacFlags, run: CommandRun): Promise<AccessRoles> {
  const { file, home, clusters } = flags;
  if (file !== undefined || home !== undefined) {
    const session = await openNamed(flags, run);
    return await session.roles({ ...options, clusters });
  }
  if (clusters === undefined) return accessRoles(options);
  throw new IsthmusError('usage', 'no mesh file is given, so that its clusters are not known', {
    remedy: remedy`give the mesh file with ${option('file', 'FILE')}`,
  });
}

/** What a flag makes of a command. */
const variants = [
  { flag: 'guard', text: '--guard', of: 'apply', command: 'applyGuarded' },
  { flag: 'live', text: '--live', of: 'trace', command: 'traceLive' },
  { flag: 'sweep', text: '--sweep', of: 'verify', command: 'verifySweep' },
  { flag: 'anyIstio', text: '--any-istio', of: 'uninstall', command: 'uninstallAnyIstio' },
] as const;

function commandOf(words: readonly string[], flags: RbacFlags): RolesOptions['command'] {
  const name = words.join(' ');
  const command = commands.get(name);
  if (command === undefined) throw unknown(name);
  const given = variants.filter(({ flag }) => flags[flag] === true);
  const stray = given.find(({ of }) => of !== command);
  if (stray === undefined) return given[0]?.command ?? command;
  throw new IsthmusError('usage', `${name} has no ${stray.text}`, { remedy: `leave \`${stray.text}\` out` });
}

function unknown(name: string): IsthmusError {
  const known = [...commands.keys()];
  const near = nearMatch(name, known);
  const list = `the commands that reach clusters are ${known.join(', ')}`;
  return new IsthmusError('usage', `there are no roles for ${name}`, {
    remedy: near === undefined ? list : `did you mean ${near}? ${list}`,
  });
}

function subjectsOf({ user = [], group = [], serviceAccount = [] }: RbacFlags): NonNullable<RolesOptions['subjects']> {
  return [
    ...user.map((name) => ({ kind: 'User' as const, name })),
    ...group.map((name) => ({ kind: 'Group' as const, name })),
    ...serviceAccount.map(accountOf),
  ];
}

function accountOf(text: string): {
  readonly kind: 'ServiceAccount';
  readonly namespace: string;
  readonly name: string;
} {
  const [namespace = '', name = '', ...more] = text.split('/');
  if (namespace === '' || name === '' || more.length > 0) {
    throw new IsthmusError('usage', `"${text}" is not an account of a cluster: write NAMESPACE/NAME`);
  }
  return { kind: 'ServiceAccount', namespace, name };
}
