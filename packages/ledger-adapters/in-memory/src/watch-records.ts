import { sleep } from '@careledger/ledger-kit'
import type { Position, StreamName } from '@careledger/ledger-spec'
import { checkMember, type Client } from './client.ts'
import { toSequence } from './position.ts'

/** Resolves when a final record stands after `after`: at the next block, when a pending one becomes final, or at a follower's next look. */
export async function waitForChange(client: Client, stream: StreamName, after: Position | undefined, signal: AbortSignal): Promise<void> {
  const sequence = toSequence(after)
  const { state, follower } = client.store
  checkMember(client, stream)
  while (!signal.aborted) {
    await follower?.refresh()
    if (state.listFinal(stream, sequence, 1).length > 0) return
    await nextLook(client, stream, signal)
  }
}

async function nextLook(client: Client, stream: StreamName, signal: AbortSignal): Promise<void> {
  const { state, follower } = client.store
  if (follower !== undefined) return await sleep(client.settings.journal?.pollMs ?? 100, signal)
  const woken = new AbortController()
  const wake = (): void => woken.abort()
  const stop = state.onBlock(stream, wake)
  signal.addEventListener('abort', wake, { once: true })
  try {
    await pause(state.finalInMs(stream), woken.signal)
  } finally {
    stop()
    signal.removeEventListener('abort', wake)
  }
}

/** Until `signal`, or for `ms` when given. Without `ms` it holds no timer. */
function pause(ms: number | undefined, signal: AbortSignal): Promise<void> {
  if (ms !== undefined) return sleep(ms, signal)
  return new Promise((resolve) => { signal.addEventListener('abort', () => resolve(), { once: true }) })
}
