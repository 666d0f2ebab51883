import {
  type ApplicationText,
  ArgumentScannerError,
  formatMessageForArgumentScannerError,
  text_en,
} from '@stricli/core';

/** Commands that write to clusters: nobody is led to one of them by a slip of the finger. */
const writing: ReadonlySet<string> = new Set(['apply', 'join', 'leave', 'renew', 'uninstall']);

/** What the parser says of a wrong use of the command line. */
export const usageText: ApplicationText = {
  ...text_en,
  noCommandRegisteredForInput: ({ input, corrections }) => {
    const near = corrections.map(bare).filter((name) => !writing.has(name));
    const meant = near.length === 0 ? '' : `did you mean ${near.join(' or ')}? `;
    return `error: there is no command ${bare(input)}\nhint: ${meant}\`isthmus help\` lists the commands`;
  },
  exceptionWhileParsingArguments: (thrown) => {
    const what =
      thrown instanceof ArgumentScannerError
        ? formatMessageForArgumentScannerError(thrown, {})
        : String(thrown instanceof Error ? thrown.message : thrown);
    return `error: ${flagNamed(what)}\nhint: \`isthmus help COMMAND\` lists its flags`;
  },
};

/** The parser takes a long flag of one letter for an argument. */
function flagNamed(message: string): string {
  const [, flag] = /^Too many arguments, expected \d+ but encountered "(--[^"]+)"$/.exec(message) ?? [];
  return flag === undefined ? message : `No flag registered for ${flag}`;
}

/** A name without the quotes that the parser puts around it. */
function bare(name: string): string {
  return name.replaceAll('`', '');
}
