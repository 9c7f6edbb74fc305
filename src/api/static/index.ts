import type { StaticFiles } from './static-files.ts';

export { isOfNoPage, isOfPages } from './pages.ts';
export type { StaticFiles };

/** Loaded with the first page. `directory` null: where the build puts them. */
export async function loadStaticFiles(directory: string | null): Promise<StaticFiles> {
  const files = await import('./static-files.ts');
  return new files.StaticFiles(directory ?? files.PAGES_DIRECTORY);
}
