/** The seed of a run, another one each time; `ISTHMUS_SOAK_SEED` repeats a run that failed. */
export const soakSeed: number = Number(process.env.ISTHMUS_SOAK_SEED ?? Math.floor(Math.random() * 1_000_000));

/** A line of a family's figures. */
export function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
