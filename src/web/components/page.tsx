import type { ComponentChildren } from 'preact';

/** The head of a page: what it is about, what is so about it, and what can be done with it. */
export function PageHead(props: {
  title: ComponentChildren;
  crumbs?: ComponentChildren;
  about?: ComponentChildren;
  children?: ComponentChildren;
}) {
  const { title, crumbs, about, children } = props;
  return (
    <header class="page-head">
      <div>
        {crumbs !== undefined && (
          <nav class="crumbs" aria-label="Breadcrumbs">
            {crumbs}
          </nav>
        )}
        <h1>{title}</h1>
        {about !== undefined && <div class="about">{about}</div>}
      </div>
      {children !== undefined && <div class="buttons">{children}</div>}
    </header>
  );
}

export function Section(props: { title: string; aside?: ComponentChildren; children: ComponentChildren }) {
  const id = `section-${props.title.toLowerCase().replace(/\W+/g, '-')}`;
  return (
    <section class="section" aria-labelledby={id}>
      <div class="section-head">
        <h2 id={id}>{props.title}</h2>
        {props.aside}
      </div>
      {props.children}
    </section>
  );
}
