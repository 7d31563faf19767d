import type { DataStore, ReadView } from '@careledger/data-spec'

/**
 * Runs `body` with a snapshot that is opened only when it is first asked for, and closed when `body` ends. Many writes need none, because
 * the rows they look at are known. Inside `body` no other call of the store may be made once the snapshot is open.
 */
export async function withLazyView<T>(store: Pick<DataStore, 'read'>, body: (view: () => Promise<ReadView>) => Promise<T>): Promise<T> {
  let release: (() => void) | undefined
  let reading: Promise<unknown> | undefined
  let opened: Promise<ReadView> | undefined
  const view = (): Promise<ReadView> =>
    (opened ??= new Promise<ReadView>((resolve, reject) => {
      reading = store.read((snapshot) => {
        resolve(snapshot)
        return new Promise<void>((end) => { release = end })
      })
      reading.catch(reject)
    }))
  try {
    return await body(view)
  } finally {
    release?.()
    await reading?.catch(() => undefined)
  }
}
