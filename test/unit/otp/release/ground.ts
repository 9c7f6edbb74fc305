import fs from 'node:fs';
import path from 'node:path';
import { temporaryFolder } from '../../../support/temporary.ts';

/** A release as it is unpacked, as far as it matters to whoever compares it with another. */
export function releaseTree(release: {
  version: string;
  name?: string;
  erts?: string;
  withErts?: boolean;
  applications: Record<string, string>;
  /** The text of the appup of each application. */
  appups?: Record<string, string>;
  jellyfish?: Record<string, object>;
  /** What the only module of each application holds. */
  code?: Record<string, string>;
}): string {
  const {
    version,
    name = 'shop',
    erts = '13.1.5',
    applications,
    appups = {},
    jellyfish = {},
    code = {},
  } = release;
  const root = temporaryFolder();
  const write = (file: string, text: string) => {
    fs.mkdirSync(path.dirname(path.join(root, file)), { recursive: true });
    fs.writeFileSync(path.join(root, file), text);
  };
  const all = Object.entries({ kernel: '8.5.3', stdlib: '4.2', sasl: '4.2', ...applications }).filter(
    ([, vsn]) => vsn !== '',
  );
  write('releases/start_erl.data', `${erts} ${version}`);
  const listed = all.map(([application, vsn], i) => `{${application},"${vsn}"${i % 2 ? ',permanent' : ''}}`);
  write(
    `releases/${version}/${name}.rel`,
    `%% coding: utf-8\n{release,{"${name}","${version}"},{erts,"${erts}"},[${listed}]}.\n`,
  );
  write(`releases/${version}/start_clean.rel`, `{release,{"${name}","0"},{erts,"${erts}"},[]}.\n`);
  if (release.withErts ?? true) fs.mkdirSync(path.join(root, `erts-${erts}`));
  for (const [application, vsn] of all) {
    const ebin = `lib/${application}-${vsn}/ebin`;
    write(`${ebin}/${application}.beam`, code[application] ?? 'code');
    if (appups[application]) write(`${ebin}/${application}.appup`, appups[application]);
    if (jellyfish[application]) write(`${ebin}/jellyfish.json`, JSON.stringify(jellyfish[application]));
  }
  return root;
}
