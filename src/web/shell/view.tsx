import type { ComponentType } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { asProblem, type Problem } from '../client/index.ts';
import { Empty, Loading, ProblemBox } from '../components/index.ts';
import { useSlipway } from '../context/index.ts';
import { findPage, type PageProps, type PageRoute } from './routes.ts';

type Loaded = { route: PageRoute; Page: ComponentType<PageProps> } | { route: PageRoute; problem: Problem };

const pages = new Map<PageRoute, ComponentType<PageProps>>();

/** The page of the present address. Its code is loaded when it is opened. */
export function View() {
  const { router, session } = useSlipway();
  const { path, query } = router.place.value;
  const found = findPage(path);
  const route = found?.route ?? null;
  const [loaded, setLoaded] = useState<Loaded | null>(null);
  useEffect(() => {
    if (route === null || pages.has(route)) return;
    route.load().then(
      ({ Page }) => {
        pages.set(route, Page);
        setLoaded({ route, Page });
      },
      (error: unknown) => setLoaded({ route, problem: asProblem(error) }),
    );
  }, [route]);

  if (found === null)
    return (
      <Empty title="There is no such page">
        <a href="/">To the overview</a>
      </Empty>
    );
  const { role } = found.route;
  if (role !== undefined && !session.may(role))
    return (
      <Empty title={`This page takes the role ${role} of all apps`}>
        <a href="/">To the overview</a>
      </Empty>
    );
  const Page = pages.get(found.route);
  if (Page !== undefined) return <Page key={path} parameters={found.parameters} query={query} />;
  if (loaded !== null && loaded.route === route && 'problem' in loaded)
    return <ProblemBox problem={loaded.problem} retry={() => location.reload()} />;
  return <Loading />;
}
