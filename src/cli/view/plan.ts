import type { Plan } from '../../api/index.ts';
import { formatSize } from '../../kernel/index.ts';
import { ago, stepName, versionText, withShortCommits } from '../../wording/index.ts';
import { type Colors, count, cut, plain } from '../output/index.ts';

const COMMITS_SHOWN = 20;
/** Room for the name of a fact, and a gap. */
const FACT_COLUMNS = 8;

type SitePlan = NonNullable<Plan['site']>;
type Upgrade = NonNullable<Plan['upgrade']>;

interface ViewOptions {
  colors: Colors;
  columns: number;
  now: number;
}

/** What a deployment would do, step by step; `next` is the command that does it. */
export function planView(plan: Plan, options: ViewOptions & { next: string }): string {
  const { colors, next } = options;
  const { app, version, kind, pins, steps, notes, site, upgrade } = plan;
  return [
    `${colors.bold(`${app} ${versionText(version)}`)} would be deployed (${kind}):`,
    ...steps.map((step, index) => `  ${String(index + 1).padStart(2)}. ${stepName(step)}`),
    ...(upgrade === null ? [] : ['', ...upgradeLines(upgrade, options), '']),
    ...(site === null ? [] : ['', ...commitLines(site, options), ...factLines(site, options), '']),
    ...(pins ? [`It would be pinned: automatic deployment would wait for "slipway unpin ${app}".`] : []),
    ...notes.map((note) => plain(withShortCommits(note))),
    `${colors.dim('Nothing was changed. To do it:')} ${colors.bold(next)}`,
  ].join('\n');
}

/** What would change while the instances run, or why they would be started anew. */
function upgradeLines({ reason, applications }: Upgrade, { colors, columns }: ViewOptions): string[] {
  if (reason !== null) return [`Instances would be started anew: ${plain(reason)}`];
  return [
    'Instances would be upgraded while they run:',
    ...applications.flatMap(({ name, from, to, modules, instructions }) => [
      `  ${colors.bold(plain(name))} ${plain(`${from ?? 'none'} -> ${to ?? 'none'}`)}`,
      ...(modules.length === 0 ? [] : [cut(`    modules ${plain(modules.join(', '))}`, columns)]),
      ...instructions.map((instruction) => colors.dim(cut(`    ${plain(instruction)}`, columns))),
    ]),
  ];
}

function commitLines({ commits }: SitePlan, { colors, columns, now }: ViewOptions): string[] {
  if (commits.length === 0) return [];
  const shown = commits.slice(0, COMMITS_SHOWN).map(({ commit, subject, author, at }) => {
    const about = `${plain(subject)} (${plain(author)}, ${ago(at, now)})`;
    return `  ${colors.yellow(versionText(commit))} ${cut(about, columns - 10)}`;
  });
  const more = commits.length - shown.length;
  return [
    `${count(commits.length, 'commit')} since the live release:`,
    ...shown,
    ...(more > 0 ? [colors.dim(`  and ${more} more`)] : []),
    '',
  ];
}

function factLines({ hooks, links, prunes, space }: SitePlan, { colors, columns }: ViewOptions): string[] {
  const indent = ' '.repeat(FACT_COLUMNS);
  const listed = (values: string[]) => {
    if (values.length === 0) return colors.dim('none');
    const line = plain(values.join(', '));
    return line.length <= columns - FACT_COLUMNS ? line : values.map(plain).join(`\n${indent}`);
  };
  const facts: [string, string][] = [
    ['hooks', listed(hooks)],
    ['links', listed(links)],
    ['pruned', listed(prunes.map(({ number, version }) => `release ${number} (${versionText(version)})`))],
  ];
  if (space !== null) facts.push(['space', spaceText(space, colors)]);
  return facts.map(([name, text]) => `${name.padEnd(FACT_COLUMNS)}${text}`);
}

function spaceText({ needed_bytes, free_bytes }: NonNullable<SitePlan['space']>, colors: Colors): string {
  const text = `${formatSize(needed_bytes)} needed, ${formatSize(free_bytes)} free`;
  return needed_bytes > free_bytes ? colors.red(text) : text;
}
