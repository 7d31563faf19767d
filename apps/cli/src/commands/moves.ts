import type { CareLedgerClient } from '@careledger/client'

export type Move = Awaited<ReturnType<CareLedgerClient['platform']['moves']['start']['mutate']>>['move']
type Plan = Awaited<ReturnType<CareLedgerClient['platform']['moves']['plan']['query']>>

/** What a move is driven by: a running instance, or one that this command opens by itself. */
export interface Moves {
  plan(request: MoveRequest): Promise<Plan>
  start(request: MoveRequest): Promise<Move>
  /** The newest move of a network. */
  newest(network: string): Promise<Move | undefined>
  read(id: string): Promise<{ readonly move: Move; readonly continuity?: string | undefined }>
  act(kind: 'pause' | 'resume' | 'cancel', id: string): Promise<Move>
}
export interface MoveRequest {
  readonly network: string
  readonly to: string
  readonly from?: string | undefined
  readonly way?: 'indexed' | 'checkpointed' | undefined
  readonly keep: boolean
}
