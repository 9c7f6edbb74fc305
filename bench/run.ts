// script/bench [--quick] [case...]: measures, prints, and writes the results of whole runs into bench/README.md.
import { parseArgs } from 'node:util';
import { adoption } from './cases/adoption.ts';
import { api } from './cases/api.ts';
import { etf } from './cases/etf.ts';
import { footprint } from './cases/footprint.ts';
import { hot } from './cases/hot.ts';
import { logs } from './cases/logs.ts';
import { many } from './cases/many.ts';
import { overlap } from './cases/overlap.ts';
import { pages } from './cases/pages.ts';
import { permissions } from './cases/permissions.ts';
import { proxies } from './cases/proxies.ts';
import { recovery } from './cases/recovery.ts';
import { rollback } from './cases/rollback.ts';
import { rollout } from './cases/rollout.ts';
import { rpc } from './cases/rpc.ts';
import { site } from './cases/site.ts';
import { start } from './cases/start.ts';
import { successor } from './cases/successor.ts';
import { switches } from './cases/switches.ts';
import { unpack } from './cases/unpack.ts';
import { type Figure, table } from './figures.ts';
import { machine } from './machine.ts';
import { writeSection } from './report.ts';
import { type Case, inWorkshop } from './workshop.ts';

const CASES: Record<string, Case> = {
  start,
  rollout,
  recovery,
  successor,
  adoption,
  many,
  logs,
  footprint,
  unpack,
  site,
  permissions,
  rollback,
  etf,
  rpc,
  hot,
  api,
  pages,
  switches,
  proxies,
  overlap,
};

const { values, positionals } = parseArgs({
  options: { quick: { type: 'boolean', default: false } },
  allowPositionals: true,
});
const names = positionals.length > 0 ? positionals : Object.keys(CASES);

for (const name of names) {
  const chosen = CASES[name];
  if (!chosen) throw new Error(`no case ${name}; there are: ${Object.keys(CASES).join(', ')}`);
  process.stderr.write(`${name}\n`);
  const figures = await inWorkshop(values.quick, (workshop) => chosen.run(workshop));
  const section = await describe(chosen, figures);
  console.log(section);
  // Quick runs are for trying out; they are no results.
  if (!values.quick) writeSection(name, section);
}

async function describe({ title, about }: Case, figures: Figure[]): Promise<string> {
  return `## ${title}\n\n${about}\n\n${table(figures)}\n\n${await machine()}\n`;
}
