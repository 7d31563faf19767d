/** The block that evidence leads to: whoever trusts this block of the ledger can trust the record. */
export interface ShownBlock {
  /** The block's hash as its ledger writes it, lower case. */
  readonly id: string
  readonly height: number
  /** By the block's own clock. */
  readonly time?: Date | undefined
}
