import { hash } from 'node:crypto'
import type { Guard, ReadView, Write } from '@careledger/data-spec'
import type { Actor, PendingProof } from '@careledger/identity'
import { instantText, newEntryId } from '@careledger/proof'
import type { Parts } from '../parts.ts'
import { record } from './decide.ts'
import { fromStoredDecision, type DecisionRecord } from './decision-record.ts'
import type { KeptAnswer } from './opened-charts.ts'
import { Recording, recordedView } from './recorded-view.ts'

/** What makes two questions the same: all of it, but for the proof. */
export interface Question {
  readonly actor: Actor
  readonly operation: string
  /** Everything else that the answer depends on; plain data. */
  readonly asked: unknown
  readonly proof?: PendingProof | undefined
}

/**
 * Answers a question, or gives the answer that the same caller got to it before, where every row that the decision and the answer were made of is
 * still the same: the Write that records the new decision says that it has seen them, so it is looked at in the store, at the instant of
 * recording, in whatever process they might have changed. Whatever changed, the question is decided anew. Answers are kept with the patient's opened chart: from the
 * second time on, for as long as its mark and the time allow, and only where one patient's permitted records are given out.
 *
 * @param answer must depend on the store, `asked`, the caller, and the time as far as `holdsUntil` says, and on nothing else; it writes its decision once
 * @param again the kept answer with the decision made now
 */
export async function keptAnswer<A extends object>(parts: Parts, question: Question, answer: (parts: Parts) => Promise<A>, again: (answer: A, decision: DecisionRecord) => A = (kept) => kept): Promise<A> {
  const { actor, operation, asked, proof } = question
  const { openedCharts } = parts
  if (!openedCharts.keeps) return answer(parts)
  // Questions hold names and numbers of patients; what was asked is not kept as it was written.
  const name = hash('sha256', JSON.stringify([operation, actor, asked]), 'base64url')
  const kept = openedCharts.answer(name) as KeptAnswer<A, DecisionRecord> | undefined
  if (kept !== undefined) {
    const now = parts.now()
    if (now.getTime() < kept.until) {
      const decision: DecisionRecord = { ...kept.decision, id: newEntryId(now), at: instantText(now) }
      if (await record(parts, [decision], kept.guards, proof, kept.seen)) return again(kept.answer, decision)
    }
    openedCharts.dropAnswer(name)
  }
  if (!openedCharts.askedBefore(name)) return answer(parts)
  const watched = watch(parts.store)
  const made = await answer({ ...parts, store: watched.store })
  const rests = watched.rests()
  if (rests !== undefined) openedCharts.keepAnswer(name, rests.mark, { ...rests, answer: made })
  return made
}

interface Rests extends Omit<KeptAnswer<object, DecisionRecord>, 'answer'> {
  readonly mark: { readonly patient: string; readonly value: Uint8Array }
}

/** A store that notes what is read in its last snapshot, and the one decision that is written for it. */
function watch(store: Parts['store']): { readonly store: Parts['store']; rests(): Rests | undefined } {
  let recording = new Recording()
  let written: { readonly decisions: readonly DecisionRecord[]; readonly guards: readonly Guard[] } | undefined
  const read = <T>(body: (view: ReadView) => Promise<T>): Promise<T> => {
    const own = new Recording()
    if (written !== undefined) own.lose()
    recording = own
    return store.read((view) => body(recordedView(view, own)))
  }
  const write = async (given: Write) => {
    const result = await store.write(given)
    if (written !== undefined || (given.projections?.length ?? 0) > 0 || (given.entries?.length ?? 0) > 0) recording.lose()
    written = { decisions: (given.decisions ?? []).map(fromStoredDecision), guards: given.guards ?? [] }
    return result
  }
  return {
    store: Object.create(store, { read: { value: read, enumerable: true }, write: { value: write, enumerable: true } }) as Parts['store'],
    rests() {
      const { mark, until } = recording
      const seen = recording.seen()
      const [decision, another] = written?.decisions ?? []
      if (mark === undefined || seen === undefined || written === undefined || decision === undefined || another !== undefined) return undefined
      if (decision.outcome !== 'permitted' || decision.about !== mark.key) return undefined
      // What was not there is looked at as seen, in the same snapshot: holding the place of a row that is not there costs two more statements.
      const [absent, guards] = [written.guards.filter(({ version }) => version === undefined), written.guards.filter(({ version }) => version !== undefined)]
      const isSeen = (guard: Guard): boolean => seen.some((one) => 'key' in one && one.table === guard.table && one.key === guard.key && one.stamp === undefined)
      return absent.every(isSeen) ? { mark: { patient: mark.key, value: mark.value }, seen, guards, decision, until } : undefined
    },
  }
}
