import type { StoredEntry } from '@careledger/data-spec'
import type { Entry, EntrySignature } from '@careledger/proof'
import { checkAuthor } from '../entries/check-author.ts'
import { subjectTable, type SubjectRow } from '../entries/find-patient.ts'
import type { EntryType, Opening, StreamedOpening } from '../entries/network-definition.ts'
import { openAny } from '../entries/open-entry.ts'
import { isStreamed } from '../entries/open-stream.ts'
import type { Projector } from '../entries/projector.ts'
import { typeOf } from '../entries/read-signed-entry.ts'
import type { SignatureVerifier } from '../entries/verify-signatures.ts'
import type { Parts } from '../parts.ts'

/** `applied`: its rows are in the projector. `erased`: the patient's keys are gone, so it makes none; an erasure entry must cover its subject. */
export type ReplayOutcome = 'applied' | 'erased'

/** What a caller that checks entries has at hand. */
export interface ReplayCheck {
  readonly verifier: SignatureVerifier
  readonly signature: EntrySignature
  /** Of `canonical`, computed. */
  readonly entryHash: Uint8Array
  /** What `openAny` gave. */
  readonly opened: Opening | StreamedOpening | 'erased' | undefined
  /** The patient of an entry whose subject has no row here; `undefined`: not known, or the keys are gone. */
  findPatient(entry: Entry, stored: StoredEntry): Promise<string | undefined>
}

/**
 * Runs a stored entry's projection again, as the write path did. With `check` its signature is verified too. Errors: LogicError with what
 * the write path would have refused, CORRUPTION when the payload does not open.
 */
export async function replayEntry(parts: Parts, projector: Projector, stored: StoredEntry, entry: Entry, check?: ReplayCheck): Promise<ReplayOutcome> {
  const type = typeOf(parts, entry)
  const opened = check === undefined ? await openAny(parts, stored, entry) : check.opened
  const streamed = isStreamed(opened) ? opened : undefined
  const opening = opened === 'erased' || isStreamed(opened) ? undefined : opened
  const author = await checkAuthor(projector, { entry, type, opening })
  check?.verifier.verify({ entry, canonical: stored.canonical, signature: check.signature, entryHash: check.entryHash }, author.jwk)
  if (opened === 'erased') return 'erased'
  const patient = (await patientOf(projector, type, entry, opening)) ?? (type.subject && type.sealUnder !== 'organisation' ? await check?.findPatient(entry, stored) : undefined)
  if (type.subject && type.sealUnder !== 'organisation') {
    const keys = patient === undefined ? undefined : await parts.vaults.get(entry.custodian)?.patient(patient)
    if (keys === undefined) return 'erased'
  }
  await projector.add(type, { entry, opening, streamed, author, patient })
  return 'applied'
}

async function patientOf(projector: Projector, type: EntryType, entry: Entry, opening: Opening | undefined): Promise<string | undefined> {
  if (entry.subject === undefined) return undefined
  if (type.introduces !== undefined) return type.introduces({ entry, opening })
  return ((await projector.row(subjectTable, entry.subject)) as unknown as SubjectRow | undefined)?.patient
}

/** Subjects with entries that no longer open, until an erasure entry is seen for them. */
export interface Erasures {
  /** An entry of this subject does not open. */
  unopened(entry: Entry): void
  /** A `subject-erased` entry of this subject. */
  erased(entry: Entry): void
  /** Entries that do not open and that no erasure covers. */
  uncovered(): readonly Entry[]
  /** How many an erasure covers. */
  covered(): number
}

export const erasureType = 'subject-erased'

export function createErasures(): Erasures {
  const open = new Map<string, Entry[]>()
  const erased = new Set<string>()
  const withoutSubject: Entry[] = []
  let covered = 0
  return {
    unopened(entry) {
      const { subject } = entry
      if (subject === undefined) withoutSubject.push(entry)
      else if (erased.has(subject)) covered++
      else (open.get(subject) ?? open.set(subject, []).get(subject))?.push(entry)
    },
    erased({ subject }) {
      if (subject === undefined) return
      erased.add(subject)
      covered += open.get(subject)?.length ?? 0
      open.delete(subject)
    },
    uncovered: () => [...withoutSubject, ...[...open.values()].flat()],
    covered: () => covered,
  }
}
