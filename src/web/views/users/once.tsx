import { Copy, Dialog } from '../../components/index.ts';

/** Something that is shown once. */
export function Once(props: {
  title: string;
  text: string;
  about: string;
  what: string;
  onClose: () => void;
}) {
  return (
    <Dialog title={props.title} onClose={props.onClose}>
      <div class="dialog-body">
        <p>{props.about}</p>
        <div class="command">
          <code>{props.text}</code>
          <Copy text={props.text} what={props.what} />
        </div>
      </div>
      <div class="dialog-foot">
        <button type="button" class="button primary" onClick={props.onClose}>
          Done
        </button>
      </div>
    </Dialog>
  );
}
