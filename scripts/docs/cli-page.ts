import { buildCli } from '../../src/cli/shell/app.ts';
import { commandHelp, type Described, flagsHelp } from '../../src/cli/shell/command-help.ts';
import { exitCodeMeanings } from '../../src/cli/shell/exit-code.ts';
import { meshAliases, meshFlags } from '../../src/cli/shell/flags.ts';
import { type Command, isRouteMap, type RouteMap, type Target } from '../../src/cli/shell/route.ts';
import { list, paragraph } from './prose.ts';

const head = `# Commands and flags

<!-- Generated from src/cli by \`npm run docs\`. -->

Every command with its arguments and flags, as \`isthmus COMMAND --help\` shows them. [The command line](command-line.md)
says what holds for all of them: forms of output, environment variables, watching.
`;

interface Named {
  readonly command: Command;
  readonly name: string;
}

/** docs/cli.md. */
export function cliPage(): string {
  const all = commandsOf(buildCli('0.0.0').root, 'isthmus');
  const standard = flagsHelp({ flags: meshFlags, aliases: meshAliases });
  const sections = all.map((one) => section(one, standard));
  return `${[head, contents(all), ...sections, sharedSection(standard), exitSection()].join('\n')}`;
}

function commandsOf(target: Target, name: string): readonly Named[] {
  if (!isRouteMap(target)) return [{ command: target, name }];
  return visible(target).flatMap(({ name: { original }, target: one }) => commandsOf(one, `${name} ${original}`));
}

function visible(group: RouteMap): ReturnType<RouteMap['getAllEntries']> {
  return group.getAllEntries().filter(({ hidden }) => !hidden);
}

function contents(all: readonly Named[]): string {
  return `${list(all.map(({ command, name }) => `[${name}](#${anchorOf(name)}): ${command.brief}`))}\n`;
}

function section({ command, name }: Named, standard: readonly Described[]): string {
  const { brief, usage, description, positional, own, shared } = commandHelp(command, name);
  const isStandard = (flag: Described): boolean =>
    standard.some((one) => one.word === flag.word && one.meaning === flag.meaning);
  const special = [...own, ...shared.filter((flag) => !isStandard(flag))];
  const common = shared.filter(isStandard);
  const parts = [
    `## ${name}`,
    paragraph(`${brief}.`),
    `    ${usage}`,
    ...(description === undefined ? [] : [paragraph(description)]),
    ...[positional, special].filter((list) => list.length > 0).map(listOf),
    ...(common.length === 0 ? [] : [paragraph(`[Common flags](#common-flags): ${common.map(wordOf).join(', ')}.`)]),
  ];
  return `${parts.join('\n\n')}\n`;
}

function sharedSection(standard: readonly Described[]): string {
  const intro = 'Commands that work on a mesh share these; the section of each names those that it takes.';
  return `## Common flags\n\n${intro}\n\n${listOf(standard)}\n`;
}

function exitSection(): string {
  const rows = Object.entries(exitCodeMeanings).map(([code, text]) => `| ${code} | ${text} |`);
  return `## Exit codes\n\n| code | meaning |\n| --- | --- |\n${rows.join('\n')}\n`;
}

function listOf(entries: readonly Described[]): string {
  return list(entries.map(({ word, meaning }) => `\`${word}\`: ${meaning}`));
}

function wordOf({ word }: Described): string {
  return `\`${/--[\w-]+/.exec(word)?.[0] ?? word}\``;
}

function anchorOf(name: string): string {
  return name.replaceAll(' ', '-');
}
