/**
 * Levels of maps and lists within each other that a value from outside may have. Kubernetes' own kinds and definitions
 * stay below a hundred; libraries that recurse (YAML, JSON, schemas) exhaust the stack somewhere above a thousand.
 */
export const maxLevels = 200;

export const tooDeepText = `it is nested more than ${maxLevels} levels deep`;

/** True where a value has more levels than that. It looks level by level, so that depth costs nothing. */
export function isTooDeep(value: unknown): boolean {
  let current = [value].filter(isContainer);
  for (let level = 0; current.length > 0; level += 1) {
    if (level >= maxLevels) return true;
    current = current.flatMap((container) => Object.values(container).filter(isContainer));
  }
  return false;
}

function isContainer(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
