/** Nesting that no mesh needs; beyond it a document is an accident or an attack. */
export const maxDepth = 64;
/** Values a document may have. */
export const maxValues = 100_000;
/** A key that no map may have: setting it would change the prototype of the object that is read. */
export const reservedKey = '__proto__';

export const tooDeep = `maps and lists are nested more than ${maxDepth} deep`;
export const tooLarge = `the document has more than ${maxValues} values`;
