/** What the agent of this host tells of itself and its apps, as far as the doctor looks at it. */
export interface RunningAgent {
  version: string;
  pid: number;
  instances: readonly RunningInstance[];
}

export interface RunningInstance {
  instance: string;
  pid: number | null;
  port: number | null;
}
