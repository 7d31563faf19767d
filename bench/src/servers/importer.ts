import { setPriority } from 'node:os'
import { runImportJob } from '@careledger/client'
import { openRecordedClient } from '../load/recorded-client.ts'
import { generatedBundle } from '../load/generated-bundle.ts'
import { serve } from '../measure/child-server.ts'

interface Setup { readonly url: string; readonly party: string; readonly bundles: number; readonly observations: number }

/** Somebody who brings in an export, on a machine of their own: it gets what CPU the others leave. Tells of each bundle that is in. */
await serve<Setup, object>(async ({ url, party, bundles, observations }) => {
  setPriority(19)
  const { client } = await openRecordedClient(url, party)
  const ending = new AbortController()
  const tell = (what: object): void => { if (process.connected) process.send?.(what) }
  let running = false
  let open: () => void = () => {}
  let gate = Promise.resolve()
  process.on('message', (message) => {
    if (message === 'pause') gate = new Promise((resolve) => (open = resolve))
    if (message !== 'begin') return
    open()
    if (running) return
    running = true
    const sources = Array.from({ length: bundles }, (_, n) => {
      let made: Uint8Array | undefined
      return { name: `${n}.json`, open: async () => (made ??= generatedBundle(observations)) }
    })
    runImportJob(client, sources, { signal: ending.signal, gate: () => gate, onProgress: ({ done }) => tell({ done }) }).then(({ cancelled }) => tell({ ended: !cancelled }), (error: unknown) => tell({ error: String(error) }))
  })
  return { ready: {}, stop: async () => { ending.abort(); process.exit(0) } }
})
