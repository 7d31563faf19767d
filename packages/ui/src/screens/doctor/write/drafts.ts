import { useMemo, useSyncExternalStore } from 'react'
import type { Acknowledgement, AmendmentReason, Drafts, StoppedStatus, WriteKind } from '@careledger/client'
import { useClient } from '../../../session/services.tsx'
import { useSession } from '../../../session/session.tsx'

/** A record that a draft amends or withdraws, as it was read. */
export interface FormerRecord {
  readonly entry: string
  readonly bytes: Uint8Array
  readonly title: string
}

/** Something begun and not sent. It is kept in memory only: patient data does not rest on a machine that others use (docs/decisions). */
export interface Draft<Kind extends WriteKind = WriteKind> {
  readonly patient: string
  readonly kind: Kind
  /** Of the ids of its resources: they are the same each time it is built. */
  readonly seed: string
  readonly content: Drafts[Kind]
  /** The visit that a new record belongs to, `Encounter/…`; absent: none. */
  readonly encounter?: string | undefined
  /** Absent: a new record. */
  readonly former?: FormerRecord | undefined
  /** Takes the former record back instead of changing it; the content is not looked at then. */
  readonly withdraw?: boolean | undefined
  /** Ends the former record, a prescription or order, instead of changing it. */
  readonly stop?: StoppedStatus | undefined
  readonly reason?: { readonly code: AmendmentReason | '', readonly text: string } | undefined
  /** Warnings that were answered: by key, with the reason where one is asked for. */
  readonly answered: Readonly<Record<string, string>>
  /** The warnings that its author has answered, as they will be signed. */
  readonly acknowledged?: readonly Acknowledgement[] | undefined
  /** Filled in without a problem: stands on the check page. */
  readonly ready: boolean
}

export interface DraftStore {
  /** Of who is signed in, in the order they were begun. */
  readonly drafts: readonly Draft[]
  put(draft: Draft): void
  remove(drafts: readonly Draft[]): void
}

/** Two drafts with one key are the same piece of work. */
export function draftKey({ patient, kind, former }: Pick<Draft, 'patient' | 'kind' | 'former'>): string {
  return `${patient}/${former?.entry ?? kind}`
}

interface Memory {
  byActor: ReadonlyMap<string, readonly Draft[]>
  readonly listeners: Set<() => void>
}

/** One memory for each mounted app: it goes with the page. */
const memories = new WeakMap<object, Memory>()
const none: readonly Draft[] = []

/** The browser asks before it closes a page with something unsent, on whatever screen. */
function warn(event: BeforeUnloadEvent): void {
  event.preventDefault()
}

export function useDrafts(): DraftStore {
  const client = useClient()
  const { actor } = useSession()
  const key = actor?.key ?? ''
  const memory = memories.get(client) ?? { byActor: new Map(), listeners: new Set() }
  memories.set(client, memory)
  const drafts = useSyncExternalStore((listener) => {
    memory.listeners.add(listener)
    return () => memory.listeners.delete(listener)
  }, () => memory.byActor.get(key) ?? none)
  return useMemo(() => {
    const change = (next: (drafts: readonly Draft[]) => readonly Draft[]): void => {
      memory.byActor = new Map([...memory.byActor, [key, next(memory.byActor.get(key) ?? none)]])
      const unsent = [...memory.byActor.values()].some((list) => list.length > 0)
      window[unsent ? 'addEventListener' : 'removeEventListener']('beforeunload', warn)
      for (const listener of memory.listeners) listener()
    }
    return {
      drafts,
      put: (draft) => change((before) => (before.some((one) => draftKey(one) === draftKey(draft)) ? before.map((one) => (draftKey(one) === draftKey(draft) ? draft : one)) : [...before, draft])),
      remove: (gone) => change((before) => before.filter((one) => !gone.some((other) => draftKey(other) === draftKey(one)))),
    }
  }, [drafts, key, memory])
}

/** Where a draft is written on. */
export function draftPath({ patient, kind, former, withdraw, stop }: Draft): string {
  return `/patients/${patient}/write/${withdraw === true ? 'withdraw' : stop === undefined ? kind : 'stop'}${former === undefined ? '' : `?replaces=${former.entry}`}`
}
