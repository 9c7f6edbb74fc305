import { Icon, sentence } from '../components/index.ts';
import { useSlipway } from '../context/index.ts';

/** What was done, told without taking the focus; it stays while it is pointed at. */
export function ToastList() {
  const { toasts } = useSlipway();
  return (
    <div class="toasts" role="status" aria-live="polite">
      {toasts.list.value.map(({ id, tone, text, link }) => (
        <div
          key={id}
          class="toast"
          onMouseEnter={() => toasts.hold(id)}
          onMouseLeave={() => toasts.release(id)}
          onFocusIn={() => toasts.hold(id)}
          onFocusOut={() => toasts.release(id)}
        >
          <span class={`dot tone-${tone}`} />
          <div class="text">
            {sentence(text)}
            {link !== null && (
              <div>
                <a href={link.href}>{link.text}</a>
              </div>
            )}
          </div>
          <button type="button" class="copy" aria-label="Close" onClick={() => toasts.close(id)}>
            <Icon name="close" />
          </button>
        </div>
      ))}
    </div>
  );
}
