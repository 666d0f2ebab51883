/** A reader of data from outside. */
export interface Target {
  readonly name: string;
  /** Whose data it is. */
  readonly from: string;
  /** How it is damaged: as JSON, value by value, or as a text. */
  readonly form: 'Json' | 'Text';
  /** What the reader understands. */
  readonly whole: readonly string[];
  /** Reads it. It may throw an IsthmusError that is no defect, and must end. */
  readonly read: (text: string) => unknown;
}
