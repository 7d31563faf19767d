import { createHmac, timingSafeEqual } from 'node:crypto'
import { createBoundedMap } from '../bounded-map.ts'

/** How long one nonce is given out. It is taken for two such periods more, so that it outlives its way to the caller and clocks that differ. */
export const NONCE_PERIOD_MS = 120_000

/** Nonces that the server gives out for proofs of possession (RFC 9449 §8): made from the time and a secret, so that all processes know them and none keeps them. */
export interface ProofNonces {
  current(now: Date): string
  /** Whether it was given out here and lately. */
  holds(nonce: string, now: Date): boolean
}

export function createProofNonces(secret: Uint8Array): ProofNonces {
  // Four of them are good at a time.
  const known = createBoundedMap<number, string>(8)
  const make = (period: number): string => {
    const nonce = known.get(period) ?? createHmac('sha256', secret).update(`careledger/v1/dpop-nonce\0${period}`).digest('base64url').slice(0, 32)
    known.set(period, nonce)
    return nonce
  }
  const periodOf = (now: Date) => Math.floor(now.getTime() / NONCE_PERIOD_MS)
  return {
    current: (now) => make(periodOf(now)),
    holds(nonce, now) {
      const given = Buffer.from(nonce)
      return given.length === 32 && [1, 0, -1, -2].some((step) => timingSafeEqual(Buffer.from(make(periodOf(now) + step)), given))
    },
  }
}
