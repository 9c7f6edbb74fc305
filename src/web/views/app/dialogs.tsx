import { DeployDialog } from './deploy-dialog.tsx';
import type { OpenDialog } from './dialog-state.ts';
import type { Parts } from './parts.ts';
import { RollBackDialog } from './roll-back-dialog.tsx';
import { SimpleDialog } from './simple-dialog.tsx';
import { UnsetDialog, VariableDialog } from './variable-dialog.tsx';

export { createDialogs } from './dialog-state.ts';

/** The dialog that is open, if any. */
export function AppDialogs(parts: Parts) {
  const open = parts.dialogs.open.value;
  return open === null ? null : <Opened {...parts} open={open} />;
}

function Opened(parts: Parts & { open: OpenDialog }) {
  const { open } = parts;
  switch (open.is) {
    case 'deploy':
      return <DeployDialog {...parts} version={open.version} />;
    case 'rollback':
      return <RollBackDialog {...parts} to={open.to} />;
    case 'variable':
      return <VariableDialog {...parts} of={open.of} name={open.name} />;
    case 'unset':
      return <UnsetDialog {...parts} of={open.of} name={open.name} />;
    default:
      return <SimpleDialog {...parts} open={open} />;
  }
}
