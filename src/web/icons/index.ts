import bad from './bad.svg';
import good from './good.svg';
import moving from './moving.svg';
import quiet from './quiet.svg';

/** Addresses of the tab's icon, by the worst state. */
export const icons = { good, bad, moving, quiet };
