import fs from 'node:fs';
import path from 'node:path';
import manifest from '../../package.json' with { type: 'json' };
import { integrityOf, type Manifest, manifestOf } from './libraries.ts';

/** What is in an archive besides our own sources. */
export interface Inventory {
  target: string;
  /** Folders of packages, Node's without its own. */
  packages: readonly string[];
  node: string;
}

/**
 * The list of what is inside, as CycloneDX 1.6 has it, without a time or a number of its own: the same for the same
 * contents. It is made of what the bundlers say they have used: the pages are made of packages that npm knows as for
 * development alone, and of much else that it installs nothing is used.
 */
export function sbomOf({ target, packages, node }: Inventory): object {
  const self = `pkg:npm/slipway@${manifest.version}`;
  const components = [...packages.map((folder) => component(manifestOf(folder))), runtime(node)].toSorted(
    (a, b) => (a['bom-ref'] < b['bom-ref'] ? -1 : 1),
  );
  return {
    $schema: 'http://cyclonedx.org/schema/bom-1.6.schema.json',
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    version: 1,
    metadata: {
      component: {
        ...{ type: 'application', 'bom-ref': self, name: 'slipway', version: manifest.version },
        ...{ purl: self, licenses: [{ license: { id: manifest.license } }] },
      },
      properties: [{ name: 'slipway:target', value: target }],
    },
    components,
    dependencies: [
      { ref: self, dependsOn: components.map((each) => each['bom-ref']) },
      ...components.map((each) => ({ ref: each['bom-ref'] })),
    ],
  };
}

/** The licences of all that is inside, one after the other. */
export function licencesOf({ packages, node }: Inventory): string {
  const own = {
    title: `slipway ${manifest.version}`,
    text: read(path.join(import.meta.dirname, '../../LICENSE')),
  };
  const others = packages.map((folder) => {
    const { name, version, license } = manifestOf(folder);
    return { title: `${name} ${version} (${license ?? 'no licence named'})`, text: licenceIn(folder) };
  });
  const nodes = { title: `Node ${manifestOf(node).version}`, text: licenceIn(node) };
  return [own, ...others.toSorted((a, b) => (a.title < b.title ? -1 : 1)), nodes]
    .map(({ title, text }) => `${'='.repeat(80)}\n${title}\n${'='.repeat(80)}\n\n${text.trim()}\n`)
    .join('\n');
}

function component({ name, version, license }: Manifest) {
  const purl = `pkg:npm/${name.replace('@', '%40')}@${version}`;
  const digest = integrityOf(name);
  return {
    type: 'library',
    'bom-ref': purl,
    name,
    version,
    purl,
    ...(digest?.startsWith('sha512-') && {
      hashes: [{ alg: 'SHA-512', content: Buffer.from(digest.slice(7), 'base64').toString('hex') }],
    }),
    ...(license && {
      licenses: [/ /.test(license) ? { expression: license } : { license: { id: license } }],
    }),
  };
}

/** Node itself: the package around it has its version, and a name that no advisory knows. */
function runtime(folder: string) {
  const { name, version } = manifestOf(folder);
  const purl = `pkg:generic/node@${version}`;
  return {
    ...component({ name, version, license: 'MIT' }),
    ...{
      type: 'platform',
      'bom-ref': purl,
      name: 'node',
      purl,
      cpe: `cpe:2.3:a:nodejs:node.js:${version}:*:*:*:*:*:*:*`,
    },
  };
}

function licenceIn(folder: string): string {
  const names = fs.readdirSync(folder).filter((name) => /^(licen[cs]e|copying|notice)/i.test(name));
  return (
    names
      .toSorted()
      .map((name) => read(path.join(folder, name)))
      .join('\n') || 'The package has no text of it.'
  );
}

function read(file: string): string {
  return fs.readFileSync(file, 'utf8').replaceAll('\r\n', '\n');
}
