import type { Release } from '../../../api/pages/index.ts';
import {
  Ago,
  Copy,
  Loading,
  Menu,
  type MenuItem,
  ProblemBox,
  Section,
  Size,
  State,
  Version,
} from '../../components/index.ts';
import type { Parts } from './parts.ts';

/** What is on the disk, and what each of them can be used for. */
export function ReleasesSection(parts: Parts) {
  const { value, problem, refresh } = parts.model.releases;
  const list = value.value;
  if (list?.length === 0) return null;
  return (
    <Section title="Releases">
      <ProblemBox problem={problem.value} retry={() => void refresh()} />
      {list === null ? (
        problem.value === null && <Loading />
      ) : (
        <div class="panel scroll live">
          <table class="table stacks">
            <thead>
              <tr>
                <th>Release</th>
                <th>Version</th>
                <th>State</th>
                <th>Proven</th>
                <th>Made</th>
                <th class="right">Size</th>
                <th>
                  <span class="off-screen">Actions</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {list.map((each) => (
                <Row key={each.number} {...parts} release={each} />
              ))}
            </tbody>
          </table>
        </div>
      )}
    </Section>
  );
}

function Row({ app, dialogs, mayDeploy, release }: Parts & { release: Release }) {
  const { number, version, state, proven, created_at, size_bytes, directory } = release;
  const items: MenuItem[] = [];
  if (state !== 'live') {
    items.push({ text: 'Deploy this version…', run: () => dialogs.show({ is: 'deploy', version }) });
    if (proven)
      items.push({ text: 'Roll back to it…', run: () => dialogs.show({ is: 'rollback', to: number }) });
  }
  if (app.pinned !== version)
    items.push({ text: 'Pin it…', run: () => dialogs.show({ is: 'pin', version }) });
  items.push(
    app.ghosted.some((ghost) => ghost.version === version)
      ? { text: 'Un-ghost it…', run: () => dialogs.show({ is: 'unghost', version }) }
      : { text: 'Ghost it…', run: () => dialogs.show({ is: 'ghost', version }), danger: true },
  );
  return (
    <tr>
      <td class="number">{number}</td>
      <td data-name="Version">
        <span class="state">
          <Version version={version} />
          {app.pinned === version && <span class="badge">pinned</span>}
          {app.ghosted.some((ghost) => ghost.version === version) && (
            <span class="badge tone-bad">ghosted</span>
          )}
        </span>
      </td>
      <td data-name="State">
        <State state={state} />
      </td>
      <td data-name="Proven">{proven ? 'yes' : <span class="muted">no</span>}</td>
      <td data-name="Made">
        <Ago at={created_at} />
      </td>
      <td class="right" data-name="Size">
        <Size bytes={size_bytes} />
      </td>
      <td class="actions">
        <Copy text={directory} what={`the directory of release ${number}`} />
        {mayDeploy && <Menu label={`Actions of release ${number}`} items={items} />}
      </td>
    </tr>
  );
}
