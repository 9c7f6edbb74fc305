const COLUMNS = 80;

/** Lines of examples below the help of a verb. */
export function examples(...lines: string[]): string {
  return `\nExamples:\n${lines.map((line) => `  ${line}`).join('\n')}\n`;
}

/** What the exit status of any verb says. */
export const EXIT_STATUS = {
  0: 'done',
  1: 'failed',
  2: 'usage',
  3: 'configuration',
  4: 'agent not reachable',
  5: 'failed and taken back',
  6: 'the way back failed',
  7: 'another deployment holds the app',
  124: 'time-out',
  130: 'interrupted',
};

/** Of a verb that follows a deployment: what that of the deployment's end says. */
export const FOLLOW_STATUS = {
  0: 'live',
  1: 'failed, cancelled or superseded; or live without its workers or reload',
  5: 'failed and taken back',
  6: 'the way back failed',
  7: 'another deployment holds the app',
  124: 'time-out: the deployment goes on',
  130: 'interrupted: the deployment goes on',
};

/** The help of verbs that follow a deployment ends with it. */
export const FOLLOWED = `\n${exitStatus(FOLLOW_STATUS)}\n`;

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

${exitStatus(EXIT_STATUS)}
`;

function exitStatus(meanings: Record<number, string>): string {
  const told = Object.entries(meanings).map(([status, meaning]) => `${status} ${meaning}`);
  const lines = [''];
  for (const word of `Exit status: ${told.join('; ')}.`.split(' ')) {
    const line = lines.pop() ?? '';
    const longer = line === '' ? word : `${line} ${word}`;
    lines.push(...(longer.length < COLUMNS ? [longer] : [line, word]));
  }
  return lines.join('\n');
}
