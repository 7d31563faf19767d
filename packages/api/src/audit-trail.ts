import { AsyncLocalStorage } from 'node:async_hooks'
import type { Actor } from '@careledger/identity'
import { newDecision, recordDecision, toStoredDecision } from '@careledger/logic'
import type { DecisionRecord, Parts } from '@careledger/logic'
import type { Contract } from './contracts/contract.ts'
import { toProblem } from './to-problem.ts'

/**
 * Sees to it that every act and every refusal leaves a decision. What reads or writes a patient's records decides and records by itself; this
 * adds what is left: an administrative act gets its decision in the first write that it makes, so that one commit holds both (or, where it
 * writes nothing here, before the answer leaves), and a refusal by rule gets one of its own.
 */
export interface AuditTrail {
  /** What operations work on: their writes are seen by the call they belong to. */
  readonly parts: Parts
  run<T>(contract: Contract, actor: Actor | undefined, body: () => Promise<T>): Promise<T>
  /** Records a refusal of a caller who is known. Errors: those of the store; then nothing may be said of the refusal either. */
  refused(contract: Contract, actor: Actor): Promise<void>
}

/** One call under way. */
interface Call {
  readonly contract: Contract
  /** Who acts, as far as it is known: at sign-in the operation finds out. */
  actor: Actor | undefined
  recorded: boolean
  over: boolean
}

const calls = new AsyncLocalStorage<Call>()

/** At sign-in: who it is that acts. */
export function actsAs(actor: Actor): void {
  const call = calls.getStore()
  if (call !== undefined) call.actor = actor
}

export function createAuditTrail(parts: Parts): AuditTrail {
  const decision = (rule: DecisionRecord['rule'], { name }: Contract, actor: Actor): DecisionRecord => newDecision({ actor, operation: name, purpose: 'operations', rule }, parts.now())
  const { store } = parts
  const write: typeof store.write = async (given) => {
    const call = calls.getStore()
    if (call === undefined || call.over || call.recorded) return store.write(given)
    const decides = (given.decisions?.length ?? 0) > 0
    const changes = (given.entries?.length ?? 0) > 0 || (given.projections?.length ?? 0) > 0
    const act = !decides && changes && isAct(call.contract) && call.actor !== undefined ? [toStoredDecision(decision('role', call.contract, call.actor))] : []
    const result = await store.write(act.length === 0 ? given : { ...given, decisions: act })
    // The other parts of a write whose entries were all there already are skipped.
    const skipped = (given.entries?.length ?? 0) > 0 && result.duplicates.length === given.entries?.length
    if ((decides || act.length > 0) && !skipped) call.recorded = true
    return result
  }
  const record = async (rule: DecisionRecord['rule'], contract: Contract, actor: Actor): Promise<void> => {
    await recordDecision({ store }, decision(rule, contract, actor))
  }
  return {
    parts: { ...parts, store: Object.create(store, { write: { value: write, enumerable: true } }) as typeof store },
    async run(contract, actor, body) {
      const call: Call = { contract, actor, recorded: false, over: false }
      try {
        const answer = await calls.run(call, body)
        if (isAct(contract) && !call.recorded && call.actor !== undefined) await record('role', contract, call.actor)
        return answer
      } catch (thrown) {
        if (!call.recorded && call.actor !== undefined && toProblem(thrown).code === 'NOT_ALLOWED') await record('none', contract, call.actor)
        throw thrown
      } finally {
        call.over = true
      }
    },
    refused: (contract, actor) => record('none', contract, actor),
  }
}

const isAct = ({ kind, audit }: Contract): boolean => kind === 'command' && audit === 'change'
