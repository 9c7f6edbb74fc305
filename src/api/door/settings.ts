/** What the configuration says of the way in over TCP. */
export interface DoorSettings {
  /** Origin by which people reach it; null: that of the address that is listened on. */
  public: string | null;
  /** PEM files; null: without TLS. */
  tls: { cert: string; key: string } | null;
  /** Whether a proxy in front ends TLS, and says by X-Forwarded-For who asks. */
  behindProxy: boolean;
}
