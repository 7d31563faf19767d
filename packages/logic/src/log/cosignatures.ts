import { consistencyPath, verifyCosignatures, type TreeState } from '@careledger/proof'
import type { Parts } from '../parts.ts'
import { witnessRequestBody } from '../witness/witness-request.ts'
import { tilesOf } from './stored-tiles.ts'
import type { WitnessNode, WitnessStatus } from './witness-node.ts'

export interface Cosigning {
  /** `note` with a line of every witness that answered in time and whose signature holds. Never rejects. */
  collect(tree: TreeState, note: string): Promise<string>
  status(): readonly WitnessStatus[]
}

/** Longest that a checkpoint waits for witnesses; a witness that failed is left alone for a while, up to a minute. */
const answerMs = 1_500
const restMaxMs = 60_000

/** Asks the members' witnesses side by side. What each has cosigned last is remembered, and corrected by its own word (409). */
export function createCosigning(parts: Parts): Cosigning {
  const places = parts.witnesses.filter((node): node is Asked => node.addCheckpoint !== undefined).map((node) => ({ node, size: 0, state: 'new' as WitnessStatus['state'], failures: 0, restUntil: 0 }))

  async function ask(place: (typeof places)[number], tree: TreeState, note: string): Promise<string> {
    const signal = AbortSignal.timeout(answerMs)
    for (let attempt = 0; attempt < 2; attempt++) {
      const from = Math.min(place.size, tree.size)
      const path = await parts.store.read((view) => consistencyPath(from, tree.size, tilesOf(view, parts.log.origin, tree.size)))
      const { status, body } = await place.node.addCheckpoint(witnessRequestBody({ from, path, note }), signal)
      if (status === 409 && attempt === 0 && /^\d{1,15}\n?$/.test(body) && Number(body) <= tree.size && Number(body) !== from) {
        place.size = Number(body)
        continue
      }
      const held = status === 200 ? await verifyCosignatures(note + body, [place.node]) : []
      if (held.length === 0 || !/^\u2014 [^\n]+\n$/.test(body)) throw new RefusedError()
      place.size = tree.size
      return body
    }
    throw new RefusedError()
  }

  async function tryOne(place: (typeof places)[number], tree: TreeState, note: string): Promise<string> {
    if (performance.now() < place.restUntil) return ''
    try {
      const line = await ask(place, tree, note)
      Object.assign(place, { state: 'cosigning', failures: 0 })
      return line
    } catch (error) {
      place.state = error instanceof RefusedError ? 'refused' : 'silent'
      place.failures += 1
      place.restUntil = performance.now() + Math.min(restMaxMs, 1_000 * 2 ** place.failures)
      return ''
    }
  }

  return {
    async collect(tree, note) {
      return note + (await Promise.all(places.map((place) => tryOne(place, tree, note)))).join('')
    },
    status: () => places.map(({ node, state, size }) => ({ name: node.name, state, size })),
  }
}

type Asked = WitnessNode & Required<Pick<WitnessNode, 'addCheckpoint'>>

class RefusedError extends Error {
  override readonly name = 'RefusedError'
}
