/** The usual way: one transaction for each record by the vendor's client, without any of ours. */
export interface BareLedger {
  /** Records in flight at once. */
  readonly lanes: number
  /** What it sends, for people. */
  readonly what: string
  /** One record of a 16-byte id, a 32-byte key and a 32-byte digest, until it is final. Gives the gas used, where there is gas. */
  write(lane: number): Promise<number | undefined>
  close(): Promise<void>
}
