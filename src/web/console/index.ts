export { startConsole } from './start.tsx';
