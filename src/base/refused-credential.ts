/** Why a peer's API server gives an istiod no answer, where it refuses the token that istiod holds. */
export const refusedCredential = "it does not accept istiod's credential";

/** True for a failure that says that the API server does not accept istiod's credential. */
export function isUnauthorized(failure: string): boolean {
  return failure.endsWith('Unauthorized');
}
