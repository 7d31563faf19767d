import { cosignCheckpoint, emptyRoot, equalBytes, isProofError, parseCheckpoint, verifyConsistency, verifyPinnedCheckpoint, type Checkpoint, type PinnedLog, type Signer } from '@careledger/proof'
import { isLogicError } from '../logic-error.ts'
import { parseWitnessRequest } from './witness-request.ts'

/** Where a witness keeps, for each log, the newest note that it has cosigned. */
export interface WitnessState {
  read(origin: string): Promise<string | undefined>
  /** Resolves when the note will survive a power cut: only then is the cosignature given away. */
  write(origin: string, note: string): Promise<void>
}

/** Two notes that one log signed and that cannot both be states of one append-only log, or are not shown to be. */
export interface SplitView {
  /** `same-size`: two roots for one size, which is proof by itself. `not-consistent`: the log gave no valid path from one to the other. */
  readonly kind: 'same-size' | 'not-consistent'
  readonly origin: string
  readonly first: string
  readonly second: string
}

/** What a witness answers: C2SP tlog-witness's status and body. */
export interface WitnessAnswer {
  readonly status: 200 | 400 | 403 | 404 | 409 | 422
  /** Cosignature line for 200, the witness's own size for 409, else a sentence. */
  readonly body: string
}

/** A member's witness: it cosigns a log's states as long as each extends the one before, and never two that do not. */
export interface Witness {
  /** Answers one `add-checkpoint` body. One at a time for each log. Errors: those of the state. */
  addCheckpoint(body: string): Promise<WitnessAnswer>
  /**
   * Compares a note that was seen elsewhere (on a ledger, by another client) with the state. `path` gives the consistency path between two
   * sizes; a path that does not hold is a split view, one that cannot be had is `unchecked`. `ignored`: not signed by the log's key.
   */
  observe(note: string, path: (from: number, to: number) => Promise<readonly Uint8Array[]>): Promise<'same' | 'consistent' | 'split' | 'unchecked' | 'ignored'>
}

export interface WitnessOptions {
  /** In its signature lines; printable ASCII without space and plus sign. */
  readonly name: string
  /** Ed25519. */
  readonly signer: Signer
  /** The logs that it witnesses. */
  readonly logs: readonly PinnedLog[]
  readonly state: WitnessState
  /** Told of every split view, before the answer. Both notes together are the evidence. */
  readonly onSplitView: (found: SplitView) => Promise<void>
  readonly now?: (() => Date) | undefined
}

export function createWitness({ name, signer, logs, state, onSplitView, now = () => new Date() }: WitnessOptions): Witness {
  let last: Promise<unknown> = Promise.resolve()
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const next = last.then(work)
    last = next.catch(() => undefined)
    return next
  }

  async function answer(body: string): Promise<WitnessAnswer> {
    const request = parseWitnessRequest(body)
    const { checkpoint } = request
    const log = logs.find(({ origin, until }) => origin === checkpoint.origin && until === undefined)
    if (log === undefined) return { status: 404, body: 'This witness does not know the log.\n' }
    // A former key gets no cosignature any more, whatever it signs.
    await verifyPinnedCheckpoint(request.note, [log])
    const known = await knownState(log.origin)
    if (request.from > checkpoint.size) return { status: 400, body: 'The old size is larger than the checkpoint.\n' }
    if (request.from !== known.size) return { status: 409, body: `${known.size}\n` }
    if (checkpoint.size === known.size && !equalBytes(checkpoint.root, known.root)) {
      await report('same-size', known, request.note)
      return { status: 409, body: `${known.size}\n` }
    }
    if (!verifyConsistency({ from: known.size, fromRoot: known.root, to: checkpoint.size, toRoot: checkpoint.root, path: request.path })) {
      return { status: 422, body: 'The consistency proof does not hold.\n' }
    }
    const cosigned = await cosignCheckpoint(request.note, name, signer, now())
    await state.write(log.origin, cosigned)
    return { status: 200, body: cosigned.slice(request.note.length) }
  }

  async function knownState(origin: string): Promise<Pick<Checkpoint, 'size' | 'root' | 'origin'> & { readonly note?: string | undefined }> {
    const note = await state.read(origin)
    return note === undefined ? { origin, size: 0, root: emptyRoot() } : { ...parseCheckpoint(note), note }
  }

  async function report(kind: SplitView['kind'], known: { readonly origin: string; readonly note?: string | undefined }, second: string): Promise<void> {
    if (known.note !== undefined) await onSplitView({ kind, origin: known.origin, first: known.note, second })
  }

  return {
    addCheckpoint: (body) => inTurn(() => answer(body)).catch((error: unknown): WitnessAnswer => {
      if (isLogicError(error)) return { status: 400, body: `${error.message}\n` }
      if (isProofError(error)) return { status: 403, body: `${error.message}\n` }
      throw error
    }),
    observe: (note, path) => inTurn(async () => {
      const seen = await verified(note)
      if (seen === undefined) return 'ignored'
      const known = await knownState(seen.origin)
      if (known.note === undefined) return 'unchecked'
      if (seen.size === known.size) {
        if (equalBytes(seen.root, known.root)) return 'same'
        await report('same-size', known, note)
        return 'split'
      }
      const [from, to] = seen.size < known.size ? [seen, known] : [known, seen]
      const between = await path(from.size, to.size).catch(() => undefined)
      if (between === undefined) return 'unchecked'
      if (verifyConsistency({ from: from.size, fromRoot: from.root, to: to.size, toRoot: to.root, path: between })) return 'consistent'
      await report('not-consistent', known, note)
      return 'split'
    }),
  }

  async function verified(note: string): Promise<Checkpoint | undefined> {
    try {
      const { origin } = parseCheckpoint(note)
      return logs.some((one) => one.origin === origin) ? (await verifyPinnedCheckpoint(note, logs)).checkpoint : undefined
    } catch (error) {
      if (isProofError(error)) return undefined
      throw error
    }
  }
}
