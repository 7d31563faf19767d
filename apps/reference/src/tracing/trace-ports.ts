import { SpanStatusCode, trace, type Tracer } from '@opentelemetry/api'
import type { DataStore } from '@careledger/data-spec'
import type { LedgerTarget } from '@careledger/logic'

type Numbers = Readonly<Record<string, string | number>>

/**
 * The store with a span for each write and read of a request, for each batch of the sequencer and each checkpoint. What the log's loops ask
 * while nothing happens has no request around it, and no span. Attributes are counts.
 */
export function traceStore(store: DataStore, tracer: Tracer): DataStore {
  const { sequencer } = store
  return {
    ...store,
    write: (write) => {
      const run = () => store.write(write)
      return trace.getActiveSpan() === undefined ? run() : spanned(tracer, 'store.write', { 'careledger.entries': write.entries?.length ?? 0, 'careledger.projections': write.projections?.length ?? 0, 'careledger.decisions': write.decisions?.length ?? 0 }, run)
    },
    read: (body) => (trace.getActiveSpan() === undefined ? store.read(body) : spanned(tracer, 'store.read', {}, () => store.read(body))),
    sequencer: {
      ...sequencer,
      assign: (log, lease, batch) => spanned(tracer, 'sequencer.assign', { 'careledger.entries': batch.leaves.length, 'careledger.from': batch.from }, () => sequencer.assign(log, lease, batch)),
      putCheckpoint: (log, lease, checkpoint, outbox) => spanned(tracer, 'sequencer.checkpoint', { 'careledger.size': checkpoint.size }, () => sequencer.putCheckpoint(log, lease, checkpoint, outbox)),
    },
  }
}

/** A ledger with a span for each append: its name in the configuration, its kind, the stream and how many records. */
export function traceLedger(target: LedgerTarget, tracer: Tracer): LedgerTarget {
  const { name, ledger } = target
  const { kind } = ledger.describe()
  return {
    ...target,
    ledger: {
      ...ledger,
      append: (...append) => spanned(tracer, 'ledger.append', { 'careledger.ledger': name, 'careledger.ledger_kind': kind, 'careledger.stream': append[0], 'careledger.records': append[1].length }, () => ledger.append(...append)),
    },
  }
}

async function spanned<T>(tracer: Tracer, name: string, attributes: Numbers, body: () => Promise<T>): Promise<T> {
  return tracer.startActiveSpan(name, { attributes }, async (span) => {
    try {
      return await body()
    } catch (error) {
      // A code of ours is one of a closed set; a message may be anybody's.
      span.setAttribute('careledger.outcome', String((error as { code?: unknown }).code ?? 'INTERNAL'))
      span.setStatus({ code: SpanStatusCode.ERROR })
      throw error
    } finally {
      span.end()
    }
  })
}
