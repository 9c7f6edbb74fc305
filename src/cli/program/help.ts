/** Lines of examples below the help of a verb. */
export function examples(...lines: string[]): string {
  return `\nExamples:\n${lines.map((line) => `  ${line}`).join('\n')}\n`;
}

/** The help of verbs that follow a deployment ends with it. */
export const FOLLOW_STATUS = `
Exit status: 0 live; 1 failed, cancelled or superseded; 5 failed and taken back;
6 the way back failed; 7 another deployment holds the app; 124 time-out and
130 interrupted, after both of which the deployment goes on.
`;

/** Below the list of all verbs. */
export const FIRST_STEPS = `
First steps:
  slipway doctor           is this host fit
  slipway config check     is /etc/slipway/slipway.yaml right
  slipway agent            run the agent; then, in another terminal:
  slipway status           what runs
  slipway deploy <app>     deploy what the source offers, and watch

"slipway <verb> --help" tells more about a verb. With every verb, --config FILE
or --socket PATH says which agent is meant, and --json prints data as JSON.

Exit status: 0 done, 1 failed, 2 usage, 3 configuration, 4 agent not reachable,
5 failed and taken back, 6 the way back failed, 7 another deployment holds the
app, 124 time-out, 130 interrupted.
`;
