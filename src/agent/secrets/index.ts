export { problemText, reasonOf, type SecretProblem, waitsFor } from './problem.ts';
export { Secrets } from './secrets.ts';
