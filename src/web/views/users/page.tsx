import { PageHead } from '../../components/index.ts';
import { useModel } from '../../context/index.ts';
import { createUsers } from '../../models/index.ts';
import { TokensSection } from './tokens.tsx';
import { UsersSection } from './users.tsx';

/** Who may come in, and what for: users, and programs by their tokens. */
export function Page() {
  const model = useModel((slipway) => createUsers(slipway));
  return (
    <>
      <PageHead title="Users" about="Who may log in, and which programs may call the API" />
      <UsersSection model={model} />
      <TokensSection model={model} />
    </>
  );
}
