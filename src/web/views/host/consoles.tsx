import { Ago, ProblemBox, Section } from '../../components/index.ts';
import { useSlipway } from '../../context/index.ts';
import type { HostModel } from '../../models/index.ts';

/** Who has a console open in a page; nothing where nobody has. */
export function Consoles({ model }: { model: HostModel }) {
  const { session } = useSlipway();
  const open = (model.consoles.value.value ?? []).filter(({ ended }) => ended === null);
  if (open.length === 0) return null;
  return (
    <Section title="Open consoles">
      <ProblemBox problem={model.endConsole.problem.value} />
      <div class="panel scroll">
        <table class="table stacks">
          <thead>
            <tr>
              <th scope="col">On</th>
              <th scope="col">Who</th>
              <th scope="col">Opened</th>
              <th scope="col">Pages that look</th>
              <th>
                <span class="off-screen">Actions</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {open.map(({ console, app, instance, actor, opened_at, viewers }) => (
              <tr key={console}>
                <td>{instance ?? 'the host'}</td>
                <td data-name="Who">{actor}</td>
                <td data-name="Opened">
                  <Ago at={opened_at} />
                </td>
                <td data-name="Pages that look" class="number">
                  {viewers}
                </td>
                <td class="actions">
                  <span class="buttons">
                    <a
                      class="button small"
                      href={linkTo({ console, app, instance })}
                      target="_blank"
                      rel="noopener"
                    >
                      Look
                    </a>
                    {session.may('deployer', app ?? undefined) && (
                      <button
                        type="button"
                        class="button small"
                        disabled={model.endConsole.busy.value}
                        onClick={() => void model.endConsole.run(console)}
                      >
                        End
                      </button>
                    )}
                  </span>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Section>
  );
}

function linkTo({
  console,
  app,
  instance,
}: {
  console: string;
  app: string | null;
  instance: string | null;
}): string {
  const unit = instance?.slice(instance.indexOf('/') + 1);
  return `/console?${new URLSearchParams({ ...(app !== null && { app }), ...(unit !== undefined && { instance: unit }), console })}`;
}
