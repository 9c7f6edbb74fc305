export { problemText, reasonOf, type SecretProblem } from './problem.ts';
export { Secrets } from './secrets.ts';
