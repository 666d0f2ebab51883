import { type ParseArgsConfig, parseArgs } from 'node:util';
import { IsthmusError } from '../src/base/error.ts';

/** The words of a command line by `node:util`'s rules; a usage error, with the usage as its remedy, where they are wrong. */
export function parseOptions<const T extends Omit<ParseArgsConfig, 'args'>>(
  words: readonly string[],
  config: T,
  usage: string,
): ReturnType<typeof parseArgs<T & { readonly args: string[] }>> {
  try {
    return parseArgs({ ...config, args: [...words] });
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new IsthmusError('usage', message, { remedy: usage });
  }
}
