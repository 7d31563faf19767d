import { backoffMs, sleep } from '@careledger/ledger-kit'
import { LedgerError } from '@careledger/ledger-spec'
import type { StreamName } from '@careledger/ledger-spec'
import { readAs, streamList } from './answers.ts'
import { isRpcError } from './node-error.ts'
import type { NodeRpc } from './node-rpc.ts'
import type { CheckedSettings } from './settings.ts'

/** The streams of the chain behind those of the port. */
export interface ChainStreams {
  /** Name of `stream` on the chain. LEDGER_INVALID_RECORD: longer than a chain takes. */
  nameOf(stream: StreamName): string
  /** Subscribes every stream of the chain that matches the settings. */
  open(signal: AbortSignal): Promise<void>
  /**
   * Runs `work` with the name of `stream` on the chain, once the stream has been looked at and subscribed; and again when the node
   * has forgotten the subscription, or for a moment the stream, which it does with one that no block has yet whenever a block comes.
   * LEDGER_REJECTED: the stream is not there, or not restricted to writers.
   */
  on<T>(stream: StreamName, signal: AbortSignal, work: (name: string) => Promise<T>): Promise<T>
}

const NAME_LENGTH_MAX = 32
/** RPC_NOT_SUBSCRIBED and RPC_ENTITY_NOT_FOUND of rpcprotocol.h. */
const NOT_SUBSCRIBED = -703
const NOT_FOUND = -708
const FORGOTTEN_MAX = 3

export function createChainStreams(subscriber: NodeRpc, settings: CheckedSettings): ChainStreams {
  const ready = new Map<string, Promise<void>>()
  const { prefix, names } = settings.streams

  function nameOf(stream: StreamName): string {
    const name = (Object.hasOwn(names, stream) ? names[stream] : undefined) ?? prefix + stream
    if (name.length > NAME_LENGTH_MAX) throw new LedgerError('LEDGER_INVALID_RECORD', `With its prefix a stream name has at most ${NAME_LENGTH_MAX} characters`, { details: { field: 'stream' } })
    return name
  }

  async function open(signal: AbortSignal): Promise<void> {
    const ours = new Set(Object.values(names))
    const streams = readAs(streamList, await subscriber.call('liststreams', ['*'], signal))
    for (const { name, subscribed } of streams) {
      if (!subscribed && (ours.has(name) || (prefix !== '' && name.startsWith(prefix)))) await subscriber.call('subscribe', [name], signal)
    }
  }

  /** Looked at once for each stream; a failure is forgotten, so that a stream made later is found. */
  function prepare(name: string, signal: AbortSignal): Promise<void> {
    const known = ready.get(name)
    if (known !== undefined) return known
    const looking = look(name, signal)
    ready.set(name, looking)
    looking.catch(() => ready.delete(name))
    return looking
  }

  async function look(name: string, signal: AbortSignal): Promise<void> {
    const [stream] = readAs(streamList, await subscriber.call('liststreams', [name], signal).catch((error: unknown) => {
      if (isRpcError(error, NOT_FOUND)) return []
      throw error
    }))
    if (stream === undefined) throw new LedgerError('LEDGER_REJECTED', 'The stream is not on the chain; somebody with the right has to create it')
    if (!stream.restrict.write) throw new LedgerError('LEDGER_REJECTED', 'Everybody may write the stream: it has to be created with write restricted')
    if (stream.restrict.onchain) throw new LedgerError('LEDGER_REJECTED', 'The stream takes off-chain items only')
    if (!stream.subscribed) await subscriber.call('subscribe', [name], signal)
  }

  async function on<T>(stream: StreamName, signal: AbortSignal, work: (name: string) => Promise<T>): Promise<T> {
    const name = nameOf(stream)
    await prepare(name, signal)
    for (let attempt = 0; ; attempt += 1) {
      try {
        return await work(name)
      } catch (error) {
        const forgotten = isRpcError(error, NOT_SUBSCRIBED) || isRpcError(error, NOT_FOUND)
        if (!forgotten || attempt === FORGOTTEN_MAX) throw error
      }
      ready.delete(name)
      await sleep(backoffMs(attempt, { firstMs: 50 }), signal)
      await prepare(name, signal)
    }
  }

  return { nameOf, open, on }
}
