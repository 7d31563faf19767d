import type { PublicJwk } from '@careledger/proof'

/** A member's witness as this instance reaches it. */
export interface WitnessNode {
  readonly name: string
  readonly key: PublicJwk
  /**
   * Sends an `add-checkpoint` body (C2SP tlog-witness); gives status and body. Rejects when nothing came. Absent for a witness that is asked
   * no more, whose cosignatures on older checkpoints still count.
   */
  addCheckpoint?(body: string, signal: AbortSignal): Promise<{ readonly status: number; readonly body: string }>
}

/** How the newest try with a witness went. */
export interface WitnessStatus {
  readonly name: string
  /** `new`: not asked yet. `refused`: it answered, and did not cosign: look at its log. */
  readonly state: 'new' | 'cosigning' | 'silent' | 'refused'
  /** Size that it has cosigned last. */
  readonly size: number
}
