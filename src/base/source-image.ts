/**
 * The image of a build that knows no published one. No registry can have the name (RFC 2606, section 2), so nobody else's
 * image is ever pulled in its place: it is made from the source and loaded into the nodes.
 */
export function sourceImage(version: string): string {
  return `isthmus.invalid/isthmus:${version}`;
}

/** The same for the operator's image, which holds the program that renders Istio besides. */
export function sourceOperatorImage(version: string): string {
  return `isthmus.invalid/isthmus-operator:${version}`;
}
