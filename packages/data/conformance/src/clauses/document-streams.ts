import type { DocumentRange, DocumentStore, DocumentStreams } from '@careledger/data-spec'
import { background, equal, ok, rejects } from '../expect.ts'
import { bytes } from '../samples.ts'
import type { DocumentStoreTest, DocumentStoreUnderTest } from '../store-under-test.ts'

type Streams = DocumentStoreUnderTest & { readonly streams: DocumentStreams }

/** A test of the optional part. A store either has it whole or has no trace of it, and then the test asserts that. */
function streamTest(title: string, run: (subject: Streams) => Promise<void>): DocumentStoreTest {
  return {
    title,
    async run(subject) {
      const { streams } = subject.store
      if (streams === undefined) return ok(!('write' in subject.store) && !('read' in subject.store), 'a store without the part has none of its calls')
      equal([typeof streams.write, typeof streams.read], ['function', 'function'])
      return run({ ...subject, streams })
    },
  }
}

export const documentStreamTests: readonly DocumentStoreTest[] = [
  streamTest('[stream-1] a streamed document is seen by no call before it is whole, and by every call after, also after a restart', async ({ store, streams, reopen }) => {
    const document = bytes(17_000_003)
    const arrived = deferred()
    const go = deferred()
    const writing = background(streams.write('streamed', (async function* () {
      yield document.subarray(0, 9_000_000)
      arrived.resolve()
      await go.promise
      yield document.subarray(9_000_000)
    })()))
    await arrived.promise
    equal([await store.get('streamed'), await streams.read('streamed'), await store.list({ limit: 10 })], [undefined, undefined, []])
    go.resolve()
    await writing
    equal(await store.list({ limit: 10 }), ['streamed'])
    equal(await store.get('streamed'), document)
    const again = (await reopen?.()) ?? store
    equal(await readAll(again, 'streamed'), document)
    equal((await again.streams?.read('streamed'))?.size, document.length)
  }),
  streamTest('[stream-2] the same bytes again are success, other bytes a conflict, whether they were put or streamed', async ({ store, streams }) => {
    const document = bytes(100_000)
    await streams.write('a', pieces(document, 7_000))
    await streams.write('a', pieces(document, 50_001))
    await store.put('a', document)
    await rejects(() => streams.write('a', pieces(bytes(100_000), 7_000)), 'STORE_CONFLICT')
    await rejects(() => streams.write('a', pieces(document.subarray(1), 7_000)), 'STORE_CONFLICT')
    await rejects(() => store.put('a', bytes(10)), 'STORE_CONFLICT')
    await store.put('b', document)
    await streams.write('b', pieces(document, 9_999))
    await rejects(() => streams.write('b', pieces(document.subarray(0, 50), 10)), 'STORE_CONFLICT')
    equal([await store.get('a'), await readAll(store, 'b')], [document, document])
  }),
  streamTest('[stream-3] a stream that fails or is aborted rejects with its own reason, is ended, and leaves nothing', async ({ store, streams }) => {
    const reason = new Error('the ward went offline')
    equal(await failure(streams.write('failed', (async function* () {
      yield bytes(6_000_000)
      throw reason
    })())), reason)
    const controller = new AbortController()
    const started = deferred()
    const ended = deferred()
    const writing = background(streams.write('aborted', endless(started.resolve, ended.resolve), { signal: controller.signal }))
    await started.promise
    controller.abort(reason)
    equal(await failure(writing), reason)
    await ended.promise
    equal(await failure(streams.write('never', pieces(bytes(10), 5), { signal: AbortSignal.abort(reason) })), reason)
    equal([await store.get('failed'), await store.get('aborted'), await store.get('never'), await store.list({ limit: 10 })], [undefined, undefined, undefined, []])
    await streams.write('failed', pieces(bytes(10), 5))
    equal(await store.list({ limit: 10 }), ['failed'])
  }),
  streamTest('[stream-4] chunks of any size make one document, and may be altered once the next is asked for', async ({ store, streams }) => {
    const sizes = [0, 1, 0, 65_536, 3, 1_048_576, 1_048_577, 0]
    const all = bytes(sizes.reduce((sum, size) => sum + size, 0))
    const shared = new Uint8Array(2_000_000)
    await streams.write('a', (async function* () {
      let at = 0
      for (const size of sizes) {
        shared.set(all.subarray(at, at + size))
        yield shared.subarray(0, size)
        shared.fill(0)
        at += size
      }
    })())
    equal(await store.get('a'), all)
    await streams.write('empty', pieces(new Uint8Array(0), 1))
    equal([await store.get('empty'), await readAll(store, 'empty')], [new Uint8Array(0), new Uint8Array(0)])
  }),
  streamTest('[stream-5] any range comes out as it stands in the document; others are STORE_INVALID; what is not there is undefined', async ({ store, streams }) => {
    const document = bytes(3_000_000)
    await store.put('a', document)
    for (const [from, to] of [[0, 0], [0, 1], [5, 5], [1_048_575, 1_048_577], [2_999_999, 3_000_000], [3_000_000, 3_000_000], [17, 2_500_000]] as const) {
      equal(await readAll(store, 'a', { from, to }), document.slice(from, to), `${from} to ${to}`)
    }
    equal([await readAll(store, 'a', { from: 2_000_000 }), await readAll(store, 'a', { to: 7 })], [document.slice(2_000_000), document.slice(0, 7)])
    for (const range of [{ from: -1 }, { to: 3_000_001 }, { from: 3_000_001 }, { from: 10, to: 9 }, { from: 0.5 }]) await rejects(() => streams.read('a', range), 'STORE_INVALID')
    equal(await streams.read('nothing', { from: 5 }), undefined)
    for (const id of ['', '../a', 'a/b', 'É'.repeat(3), 'a'.repeat(129)]) {
      await rejects(() => streams.read(id), 'STORE_INVALID')
      await rejects(() => streams.write(id, pieces(bytes(1), 1)), 'STORE_INVALID')
    }
    await store.delete('a')
    equal(await streams.read('a'), undefined)
  }),
  streamTest('[stream-6][close-1] a reader may break off or never begin, and a closed store streams nothing', async ({ store, streams }) => {
    const document = bytes(8_000_000)
    await store.put('a', document)
    for (let round = 0; round < 50; round += 1) {
      const read = await streams.read('a')
      for await (const piece of read?.chunks ?? []) {
        ok(piece.length > 0, 'a piece is not empty')
        equal(piece.slice(0, 100), document.slice(0, 100).slice(0, piece.length))
        break
      }
      await streams.read('a')
    }
    equal(await readAll(store, 'a'), document)
    await store.close()
    await rejects(() => streams.read('a'), 'STORE_CLOSED')
    await rejects(() => streams.write('b', pieces(document, 1_000_000)), 'STORE_CLOSED')
  }),
]

async function readAll(store: DocumentStore, id: string, range?: DocumentRange): Promise<Uint8Array | undefined> {
  const read = await store.streams?.read(id, range)
  if (read === undefined) return undefined
  const parts: Uint8Array[] = []
  let length = 0
  for await (const piece of read.chunks) {
    ok(piece.length > 0, 'a piece is not empty')
    parts.push(piece.slice())
    length += piece.length
    ok(length <= read.size, 'no more comes out than the document has')
  }
  const whole = new Uint8Array(length)
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}

async function* pieces(document: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < document.length; at += size) yield document.subarray(at, at + size)
}

/** Gives some bytes and then nothing, until it is ended; `onEnd` is called when it cannot give more. */
function endless(onFirst: () => void, onEnd: () => void): AsyncIterable<Uint8Array> {
  let given = false
  return {
    [Symbol.asyncIterator]: () => ({
      next() {
        if (given) {
          onFirst()
          return new Promise(() => undefined)
        }
        given = true
        return Promise.resolve({ done: false as const, value: bytes(6_000_000) })
      },
      return() {
        onEnd()
        return Promise.resolve({ done: true as const, value: undefined })
      },
    }),
  }
}

function failure(work: Promise<unknown>): Promise<unknown> {
  return work.then(() => 'resolved', (error: unknown) => error)
}

function deferred(): { readonly promise: Promise<void>; readonly resolve: () => void } {
  let resolve: () => void = () => undefined
  const promise = new Promise<void>((done) => { resolve = done })
  return { promise, resolve }
}
