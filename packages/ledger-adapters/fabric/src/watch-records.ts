import { sleep } from '@careledger/ledger-kit'
import type { StreamName } from '@careledger/ledger-spec'
import type { Fabric } from './fabric.ts'

/** Resolves when this object appended to the stream, or at the next look after `pollMs`: what others append is found by asking. */
export async function waitForChange(fabric: Fabric, stream: StreamName, signal: AbortSignal): Promise<void> {
  const woken = new AbortController()
  const wake = (): void => woken.abort()
  const forget = fabric.onAppend(stream, wake)
  signal.addEventListener('abort', wake, { once: true })
  try {
    await sleep(fabric.settings.pollMs, woken.signal)
  } finally {
    forget()
    signal.removeEventListener('abort', wake)
  }
}
