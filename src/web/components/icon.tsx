/** Lines of 1.6 on a grid of 20. Each is beside a word, or within something that has a name. */
const PATHS = {
  overview: 'M3.5 4.5h13M3.5 10h13M3.5 15.5h13',
  timeline: 'M3 10h3l2.2-5.5 3.6 11L14 10h3',
  logs: 'M4 4.5h12M4 8.2h8M4 11.8h12M4 15.5h6',
  audit: 'M10 2.8 4 5v4.6c0 3.8 2.6 6.3 6 7.6 3.4-1.3 6-3.8 6-7.6V5zM7.4 9.9l1.9 1.9 3.4-3.6',
  users:
    'M7.5 9.5a2.8 2.8 0 1 0 0-5.6 2.8 2.8 0 0 0 0 5.6zM2.5 16c.4-2.6 2.4-4.2 5-4.2s4.6 1.6 5 4.2M13 9.3a2.5 2.5 0 0 0 0-5M14.8 12c1.5.6 2.4 2 2.7 4',
  host: 'M4 4h12v5H4zM4 11h12v5H4zM6.7 6.5h.01M6.7 13.5h.01',
  account: 'M10 10a3.2 3.2 0 1 0 0-6.4 3.2 3.2 0 0 0 0 6.4zM4 16.6c.6-3 3-4.6 6-4.6s5.4 1.6 6 4.6',
  api: 'M7 5 2.8 10 7 15M13 5l4.2 5-4.2 5',
  search: 'M9 14.5a5.5 5.5 0 1 0 0-11 5.5 5.5 0 0 0 0 11zM13 13l4 4',
  menu: 'M3.5 6h13M3.5 10h13M3.5 14h13',
  close: 'M5 5l10 10M15 5 5 15',
  copy: 'M7.5 7.5h9v9h-9zM12.5 7.5v-4h-9v9h4',
  check: 'M4 10.5l4 4 8-9',
  deploy: 'M10 16V4.5M5 9l5-5 5 5',
  back: 'M7.5 4.5 3.5 8.5l4 4M4 8.5h8a4 4 0 0 1 0 8h-3',
  restart: 'M15.5 6.5V3M15.5 6.5H12M15.3 6.5A6.2 6.2 0 1 0 16.2 10',
  chevron: 'M7.5 5l5 5-5 5',
  more: 'M5 10h.01M10 10h.01M15 10h.01',
  warning: 'M10 3.5 2.5 16.5h15zM10 8.5v3.5M10 14.3h.01',
  pin: 'M7 3.5h6l-.8 5 2.3 2.5H5.5L7.8 8.5zM10 11v5.5',
  theme: 'M10 3.5a6.5 6.5 0 1 0 6.5 6.5A5 5 0 0 1 10 3.5z',
  keys: 'M3 5.5h14v9H3zM6 8.5h.01M9 8.5h.01M12 8.5h.01M14.5 8.5h.01M7 11.7h6',
  out: 'M8 3.5H4v13h4M12 6.5l3.5 3.5-3.5 3.5M15.5 10H8',
  link: 'M8.5 11.5a3 3 0 0 0 4.3 0l2.7-2.7a3 3 0 0 0-4.3-4.3L10 5.7M11.5 8.5a3 3 0 0 0-4.3 0l-2.7 2.7a3 3 0 0 0 4.3 4.3L10 14.3',
  clock: 'M10 16.5a6.5 6.5 0 1 0 0-13 6.5 6.5 0 0 0 0 13zM10 6.5V10l2.5 1.5',
  console: 'M3.5 4.5h13v11h-13zM6.5 8l2 2-2 2M10.5 12h3',
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name, size = 16 }: { name: IconName; size?: number }) {
  return (
    <svg
      width={size}
      height={size}
      viewBox="0 0 20 20"
      fill="none"
      stroke="currentColor"
      stroke-width="1.6"
      stroke-linecap="round"
      stroke-linejoin="round"
      aria-hidden="true"
    >
      <path d={PATHS[name]} />
    </svg>
  );
}
