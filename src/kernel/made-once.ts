/**
 * Makes at the first call what all later ones get. What failed is forgotten, and made anew at the next call: a file, a user or
 * a descriptor that was missing may be there then.
 */
export function madeOnce<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | null = null;
  return () => {
    made ??= make().catch((error: unknown) => {
      made = null;
      throw error;
    });
    return made;
  };
}
