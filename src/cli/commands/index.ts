import type { Verb } from '../verb.ts';

/** What the verbs do. Each is loaded when it is used: `status` does not wait for what `doctor` needs. */
export const verbs = {
  status: async () => (await import('./status.ts')).status,
  logs: async () => (await import('./logs.ts')).logs,
  releases: async () => (await import('./history.ts')).releases,
  deployments: async () => (await import('./history.ts')).deployments,
  show: async () => (await import('./show.ts')).show,
  deploy: async () => (await import('./deploy.ts')).deploy,
  rollback: async () => (await import('./rollback.ts')).rollback,
  cancel: async () => (await import('./change.ts')).cancel,
  pin: async () => (await import('./change.ts')).pin,
  unpin: async () => (await import('./change.ts')).unpin,
  ghost: async () => (await import('./change.ts')).ghost,
  unghost: async () => (await import('./change.ts')).unghost,
  restart: async () => (await import('./instances.ts')).restart,
  stop: async () => (await import('./instances.ts')).stop,
  start: async () => (await import('./instances.ts')).start,
  configCheck: async () => (await import('./config.ts')).check,
  configSchema: async () => (await import('./config.ts')).schema,
  configShow: async () => (await import('./config.ts')).show,
  configApply: async () => (await import('./config.ts')).apply,
  doctor: async () => (await import('./doctor.ts')).doctor,
  completion: async () => (await import('./completion.ts')).completion,
} satisfies Record<string, () => Promise<Verb>>;
