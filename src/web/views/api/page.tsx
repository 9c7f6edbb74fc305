import { fetchOpenApi } from '../../client/index.ts';
import { Command, Loading, PageHead, ProblemBox, Section } from '../../components/index.ts';
import { useModel } from '../../context/index.ts';
import { type ApiOperation, createApiDocument } from '../../models/index.ts';

/** The API for people: every operation, what it takes and what it answers. */
export function Page() {
  const model = useModel(() => createApiDocument(fetchOpenApi));
  const document = model.value.value;
  return (
    <>
      <PageHead
        title="API"
        about={
          document === null ? 'What programs may ask of Slipway' : `${document.title} ${document.version}`
        }
      >
        <a class="button" href="/api/v1/openapi.json" target="_blank" rel="noreferrer">
          OpenAPI 3.1
        </a>
      </PageHead>
      <Command
        title="With a token of yours"
        text={`curl -H "Authorization: Bearer $TOKEN" ${location.origin}/api/v1/status`}
      />
      <ProblemBox problem={model.problem.value} retry={() => void model.refresh()} />
      {document === null && model.problem.value === null && <Loading lines={8} />}
      {document?.groups.map(({ name, operations }) => (
        <Section key={name} title={name.slice(0, 1).toUpperCase() + name.slice(1)}>
          <div class="panel operations">
            {operations.map((operation) => (
              <Operation key={`${operation.method} ${operation.path}`} operation={operation} />
            ))}
          </div>
        </Section>
      ))}
    </>
  );
}

function Operation({ operation }: { operation: ApiOperation }) {
  const { method, path, summary, parameters, body, answer } = operation;
  return (
    <details class="operation">
      <summary>
        <span class={`method ${method.toLowerCase()}`}>{method}</span>
        <span class="mono path">{path}</span>
        <span class="muted summary">{summary}</span>
      </summary>
      <div class="operation-more">
        {parameters.length > 0 && (
          <dl class="facts">
            {parameters.map((each) => (
              <div key={`${each.in} ${each.name}`} class="fact">
                <dt>
                  <span class="mono">{each.name}</span> {each.required ? '' : '(optional)'}
                </dt>
                <dd>
                  <span class="muted">{each.in}</span> {each.description}
                </dd>
              </div>
            ))}
          </dl>
        )}
        <Schema title="Body" schema={body} />
        <Schema title="Answer" schema={answer} />
      </div>
    </details>
  );
}

function Schema({ title, schema }: { title: string; schema: unknown }) {
  if (schema === null) return null;
  return (
    <div>
      <h3>{title}</h3>
      <pre class="output" tabIndex={0} aria-label={title}>
        {JSON.stringify(schema, null, 2)}
      </pre>
    </div>
  );
}
