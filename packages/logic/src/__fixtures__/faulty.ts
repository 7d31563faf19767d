import { StoreError, type DataStore, type DocumentStore } from '@careledger/data-spec'
import { LedgerError, type Ledger } from '@careledger/ledger-spec'

/**
 * `refused`: the call has no effect and says so. `unanswered`: it has its effect, and no answer comes. `killed before`, `killed after`: the
 * process ends there, so that no later call has any effect either.
 */
export const faultWays = ['refused', 'unanswered', 'killed before', 'killed after'] as const
export type FaultWay = (typeof faultWays)[number]

/** Counts every call that leaves the process and lets the `k`-th (from 1) fail. */
export interface Faults {
  readonly calls: () => number
  /** Names of all calls so far. */
  readonly names: readonly string[]
  store(store: DataStore): DataStore
  ledger(ledger: Ledger): Ledger
  documents(documents: DocumentStore): DocumentStore
}

const withoutEffect = new Set(['read', 'sequencer.waiting', 'sequencer.state', 'ledger.finality', 'ledger.getMany', 'ledger.list'])

/** Numbers of the calls to let fail, of those counted: a call without effect fails alike, whether its answer is lost or it is refused, and is tried once. */
export function callsToFail({ names }: Faults, way: FaultWay): readonly number[] {
  const lost = way === 'unanswered' || way === 'killed after'
  return names.flatMap((name, at) => (lost && withoutEffect.has(name) ? [] : [at + 1]))
}

export function createFaults(k: number, way: FaultWay): Faults {
  const names: string[] = []
  let dead = false
  const guard = <Given extends readonly unknown[], Answer>(name: string, call: (...given: Given) => Promise<Answer>, error: (code: 'UNAVAILABLE' | 'OUTCOME_UNKNOWN') => Error) => async (...given: Given): Promise<Answer> => {
    if (dead) throw error('UNAVAILABLE')
    names.push(name)
    if (names.length !== k) return call(...given)
    if (way === 'killed before' || way === 'killed after') dead = true
    if (way === 'unanswered' || way === 'killed after') await call(...given)
    throw error(way === 'refused' || way === 'killed before' ? 'UNAVAILABLE' : 'OUTCOME_UNKNOWN')
  }
  const storeError = (code: string): Error => new StoreError(`STORE_${code}` as 'STORE_UNAVAILABLE', 'planted')
  const ledgerError = (code: string): Error => new LedgerError(`LEDGER_${code}` as 'LEDGER_UNAVAILABLE', 'planted')
  // A read has no effect, so that its answer getting lost is the same as its being refused.
  const readError = (): Error => storeError('UNAVAILABLE')
  const { sequencer, outbox } = { sequencer: 'sequencer', outbox: 'outbox' }
  return {
    calls: () => names.length,
    names,
    store: (inner) => ({
      ...inner,
      write: guard('write', inner.write.bind(inner), storeError),
      read: guard('read', inner.read.bind(inner) as (body: never) => Promise<never>, readError) as DataStore['read'],
      sequencer: {
        lease: guard(`${sequencer}.lease`, inner.sequencer.lease.bind(inner.sequencer), storeError),
        release: inner.sequencer.release.bind(inner.sequencer),
        waiting: guard(`${sequencer}.waiting`, inner.sequencer.waiting.bind(inner.sequencer), readError),
        state: guard(`${sequencer}.state`, inner.sequencer.state.bind(inner.sequencer), readError),
        assign: guard(`${sequencer}.assign`, inner.sequencer.assign.bind(inner.sequencer), storeError),
        putCheckpoint: guard(`${sequencer}.putCheckpoint`, inner.sequencer.putCheckpoint.bind(inner.sequencer), storeError),
      },
      outbox: {
        add: guard(`${outbox}.add`, inner.outbox.add.bind(inner.outbox), storeError),
        claim: guard(`${outbox}.claim`, inner.outbox.claim.bind(inner.outbox), storeError),
        settle: guard(`${outbox}.settle`, inner.outbox.settle.bind(inner.outbox), storeError),
      },
    }),
    ledger: (inner) => ({
      ...inner,
      append: guard('ledger.append', inner.append.bind(inner), ledgerError),
      finality: guard('ledger.finality', inner.finality.bind(inner), () => ledgerError('UNAVAILABLE')),
      getMany: guard('ledger.getMany', inner.getMany.bind(inner), () => ledgerError('UNAVAILABLE')),
      list: guard('ledger.list', inner.list.bind(inner), () => ledgerError('UNAVAILABLE')),
    }),
    documents: (inner) => ({ ...inner, put: guard('documents.put', inner.put.bind(inner), storeError) }),
  }
}
