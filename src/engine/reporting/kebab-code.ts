/** merge: the codes of the model are in kebab-case already; then this file goes. */
export function kebabCode(code: string): string {
  return code.toLowerCase().replaceAll('_', '-');
}
