import type { Ledger } from '@careledger/ledger-spec'
import { hex, newRecord, OTHER_STREAM, STREAM } from './make-records.ts'

/** One verb of the port as the traits call it: on its own data, so that calls do not depend on each other. */
export interface Verb {
  readonly name: string
  call(ledger: Ledger, signal?: AbortSignal): Promise<unknown>
}

/** The verbs that take a signal. */
export const signalVerbs: readonly Verb[] = [
  { name: 'append', call: (ledger, signal) => ledger.append(OTHER_STREAM, [newRecord()], { signal }) },
  { name: 'getMany', call: (ledger, signal) => ledger.getMany(STREAM, [hex(16)], { signal }) },
  { name: 'list', call: (ledger, signal) => ledger.list(STREAM, { limit: 1 }, { signal }) },
  { name: 'watch', call: (ledger, signal = new AbortController().signal) => ledger.watch(STREAM, { signal })[Symbol.asyncIterator]().next() },
  { name: 'finality', call: (ledger, signal) => ledger.finality([{ stream: STREAM, id: hex(16), digest: hex(32) }], { signal }) },
]

/** The methods of the parts, with the capability that declares each. */
export const partVerbs = [
  { name: 'privateStreams.open', capability: 'private-streams', call: (ledger: Ledger) => ledger.privateStreams.open('conformance-none', ['nobody']) },
  { name: 'membership.grant', capability: 'membership', call: (ledger: Ledger) => ledger.membership.grant(STREAM, 'nobody', 'read') },
  { name: 'membership.revoke', capability: 'membership', call: (ledger: Ledger) => ledger.membership.revoke(STREAM, 'nobody', 'read') },
  { name: 'membership.list', capability: 'membership', call: (ledger: Ledger) => ledger.membership.list(STREAM) },
  { name: 'evidence.evidence', capability: 'evidence', call: (ledger: Ledger) => ledger.evidence.evidence(STREAM, hex(16)) },
] as const

export const healthVerb: Verb = { name: 'health', call: (ledger, signal) => ledger.health({ signal }) }
