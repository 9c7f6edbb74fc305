export type { PageProps } from './routes.ts';
export { start } from './start.tsx';
