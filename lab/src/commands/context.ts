/** What a command gets from the command line's frame. */
export interface CommandContext {
  /** The lab's name. */
  readonly lab: string;
  /** One line for standard output. */
  readonly print: (line: string) => void;
  /** Aborted by SIGINT and SIGTERM. */
  readonly signal: AbortSignal;
}
