export { Command, Copy } from './command.tsx';
export { ActionDialog, Dialog } from './dialog.tsx';
export { Empty, Loading } from './empty.tsx';
export { Icon, type IconName } from './icon.tsx';
export { PageHead, Section } from './page.tsx';
export { ProblemBox, sentence } from './problem.tsx';
export { InstanceDots, State, StateBadge } from './state.tsx';
export { Ago, ExactTime, exactTime, Took } from './time.tsx';
