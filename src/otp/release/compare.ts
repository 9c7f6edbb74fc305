// SASL Reference Manual, relup(4) and systools(3), make_relup: when a release can be changed into another while it runs.
import fs from 'node:fs';
import path from 'node:path';
import { messageOf } from '../../kernel/index.ts';
import { elementsOf, tagged, words } from '../shape.ts';
import type { Term } from '../term/index.ts';
import { findInstructions, readAppup } from './appup.ts';
import { differingModules } from './code.ts';
import { describeInstruction, modulesOf, restartsVm } from './instructions.ts';
import { readJellyfish } from './jellyfish.ts';
import { prebuiltScript } from './prebuilt.ts';
import { OLDEST_OTP, otpOf, type Rel, readRel } from './rel.ts';
import type { Script } from './relup.ts';

export type Comparison = HotWay | { kind: 'full'; reason: string };

export interface HotWay {
  kind: 'hot';
  /** `up` by the appups of the release that is wanted, `down` by those of the running one. */
  direction: 'up' | 'down';
  from: string;
  to: string;
  applications: readonly ApplicationChange[];
}

export interface ApplicationChange {
  name: string;
  /** Null where the application is added. */
  from: string | null;
  /** Null where the application is removed. */
  to: string | null;
  modules: readonly string[];
  /** The instructions as Erlang writes them: those of its appup, or what a relup loads. */
  instructions: readonly string[];
}

/** Two release directories as they were unpacked, never booted in. */
export interface Trees {
  running: string;
  wanted: string;
}

/** Whether a running release can be changed into another one while it runs, and how, or why not. Nothing is thrown. */
export async function compareReleases(trees: Trees): Promise<Comparison> {
  try {
    const [from, to] = [readRel(trees.running), readRel(trees.wanted)];
    const obstacle = obstacleOf(from, to, trees) ?? (await silentChange(from, to, trees));
    if (obstacle !== null) return { kind: 'full', reason: obstacle };
    const prebuilt = prebuiltScript(trees, { from: from.version, to: to.version });
    if (prebuilt !== null) return prebuiltWay({ from, to, ...prebuilt });
    const up = wayBetween({ from, to, direction: 'up', appups: trees.wanted });
    if (up.kind === 'hot') return up;
    const down = wayBetween({ from, to, direction: 'down', appups: trees.running });
    return down.kind === 'hot' ? down : up;
  } catch (error) {
    return { kind: 'full', reason: messageOf(error) };
  }
}

function obstacleOf(from: Rel, to: Rel, trees: Trees): string | null {
  if (from.name !== to.name) return `the release ${from.name} becomes ${to.name}`;
  if (from.version === to.version) return `both releases call themselves ${to.version}`;
  if (otpOf(to.erts) < OLDEST_OTP)
    return `OTP ${otpOf(to.erts)} is older than ${OLDEST_OTP}, the first that is tried`;
  if (from.erts !== to.erts) return `erts ${from.erts} -> ${to.erts}`;
  for (const [rel, root] of [
    [from, trees.running],
    [to, trees.wanted],
  ] as const) {
    if (!fs.existsSync(path.join(root, `erts-${rel.erts}`)))
      return `${rel.name} ${rel.version} brings no Erlang of its own (include_erts)`;
    if (!rel.applications.some(({ name }) => name === 'sasl'))
      return `${rel.name} ${rel.version} has no application sasl, which holds the release handler`;
  }
  return null;
}

/** An application whose code changed and whose version did not: a hot upgrade would leave the old code running. */
async function silentChange(from: Rel, to: Rel, trees: Trees): Promise<string | null> {
  const kept = to.applications.filter((wanted) =>
    from.applications.some(({ name, version }) => name === wanted.name && version === wanted.version),
  );
  for (const { name, version } of kept) {
    const [one, other] = [trees.running, trees.wanted].map((root) =>
      path.join(root, 'lib', `${name}-${version}`, 'ebin'),
    ) as [string, string];
    const [module] = await differingModules(one, other);
    if (module !== undefined)
      return `${name} ${version} has other code in the two releases (${module.replace(/^Elixir\./, '')})`;
  }
  return null;
}

/** The way of a relup that one of them brought, which needs no appups. */
function prebuiltWay(options: { from: Rel; to: Rel; direction: 'up' | 'down'; script: Script }): Comparison {
  const { from, to, direction, script } = options;
  if (restartsVm(script.instructions))
    return { kind: 'full', reason: `the relup from ${from.version} to ${to.version} restarts the VM` };
  const applications = changesBetween(from, to).map((change) => {
    const loads = script.instructions.filter(
      (each) => words(elementsOf(tagged(each, 'load_object_code')?.[0])[0]) === change.name,
    );
    return { ...change, modules: modulesOf(loads), instructions: loads.map(describeInstruction) };
  });
  return { kind: 'hot', direction, from: from.version, to: to.version, applications };
}

/** @throws SlipwayError `term_malformed` */
function wayBetween(options: { from: Rel; to: Rel; direction: 'up' | 'down'; appups: string }): Comparison {
  const { from, to, direction } = options;
  const applications: ApplicationChange[] = [];
  for (const change of changesBetween(from, to)) {
    const found = instructionsFor({ ...change, direction, appups: options.appups });
    if (typeof found === 'string') return { kind: 'full', reason: found };
    applications.push({
      ...change,
      modules: modulesOf(found),
      instructions: found.map(describeInstruction),
    });
  }
  return { kind: 'hot', direction, from: from.version, to: to.version, applications };
}

function changesBetween(from: Rel, to: Rel): Pick<ApplicationChange, 'name' | 'from' | 'to'>[] {
  const versionIn = (rel: Rel, name: string) =>
    rel.applications.find((application) => application.name === name)?.version ?? null;
  const names = new Set([...to.applications, ...from.applications].map(({ name }) => name));
  return [...names]
    .map((name) => ({ name, from: versionIn(from, name), to: versionIn(to, name) }))
    .filter((change) => change.from !== change.to);
}

/** The instructions, or in words why there are none. Added and removed applications need no appup. */
function instructionsFor(change: {
  name: string;
  from: string | null;
  to: string | null;
  direction: 'up' | 'down';
  appups: string;
}): readonly Term[] | string {
  const { name, from, to, direction } = change;
  if (from === null || to === null) return [];
  const [own, other] = direction === 'up' ? [to, from] : [from, to];
  const appup = readAppup(change.appups, { name, version: own });
  if (appup === null) return `${name} ${from} -> ${to} has no appup`;
  if (appup.version !== own) return `the appup of ${name} ${own} is for ${appup.version}`;
  const instructions = findInstructions(direction === 'up' ? appup.up : appup.down, other);
  if (instructions === null)
    return `the appup of ${name} ${own} has no way ${direction === 'up' ? 'from' : 'back to'} ${other}`;
  if (restartsVm(instructions)) return `the appup of ${name} ${from} -> ${to} asks for a restart of the VM`;
  const jellyfish = direction === 'up' ? readJellyfish(change.appups, { name, version: own }) : null;
  if (jellyfish !== null && (jellyfish.from !== from || jellyfish.to !== to))
    return `the jellyfish.json of ${name} ${own} is for ${jellyfish.from} -> ${jellyfish.to}, not from ${from}`;
  return instructions;
}
