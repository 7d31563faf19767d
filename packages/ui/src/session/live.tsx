import { createContext, useCallback, useContext, useEffect, useMemo, useRef, useState, type ReactNode } from 'react'
import { Button } from '@mantine/core'
import type { LiveEvent } from '@careledger/client'
import { Icon } from '../components/icon.tsx'
import { usePreferences } from './preferences.tsx'
import { useClient } from './services.tsx'
import { useSession } from './session.tsx'

type Listener = (event: LiveEvent | 'reset') => void

interface Live {
  /** `off`: nobody is signed in, or the page is not in sight. */
  readonly status: 'off' | 'connecting' | 'live' | 'paused'
  /** Since when it is paused. */
  readonly since?: Date | undefined
  listen(listener: Listener): () => void
  /** Follows one patient besides oneself until the function is called. */
  follow(patient: string): () => void
}

const LiveContext = createContext<Live>({ status: 'off', listen: () => () => undefined, follow: () => () => undefined })

/**
 * One stream of events for the page, whatever looks at it: browsers open few connections to one server. While the page is out of sight it is
 * closed; coming back it goes on where it was.
 */
export function LiveProvider({ children }: { readonly children: ReactNode }) {
  const client = useClient()
  const { actor } = useSession()
  const key = actor?.key
  const visible = usePageState([], () => document.visibilityState === 'visible')
  const online = usePageState(['online', 'offline'], () => navigator.onLine)
  const [patient, setPatient] = useState<string>()
  const [state, setState] = useState<Pick<Live, 'status' | 'since'>>({ status: 'off' })
  const listeners = useRef(new Set<Listener>())
  const position = useRef<{ readonly key: string, readonly at: string | undefined }>(undefined)

  useEffect(() => {
    if (key === undefined || !visible) return setState({ status: 'off' })
    if (!online) return setState({ status: 'paused', since: new Date() })
    const ending = new AbortController()
    if (position.current?.key !== key) position.current = undefined
    setState({ status: 'connecting' })
    const run = async (): Promise<void> => {
      for await (const item of client.events({ signal: ending.signal, patient, after: position.current?.at })) {
        if (item.kind === 'paused') {
          setState((before) => (before.status === 'paused' ? before : { status: 'paused', since: new Date() }))
          continue
        }
        position.current = { key, at: item.position }
        if (item.kind === 'connected') setState({ status: 'live' })
        else for (const listener of listeners.current) listener(item.kind === 'event' ? item.event : 'reset')
      }
    }
    run().catch(() => { if (!ending.signal.aborted) setState({ status: 'paused', since: new Date() }) })
    return () => ending.abort()
  }, [client, key, visible, online, patient])

  const live = useMemo<Live>(() => ({
    ...state,
    listen(listener) {
      listeners.current.add(listener)
      return () => void listeners.current.delete(listener)
    },
    follow(wanted) {
      setPatient(wanted)
      return () => setPatient((current) => (current === wanted ? undefined : current))
    },
  }), [state])
  return <LiveContext value={live}>{children}</LiveContext>
}

export interface Fresh {
  /** Events that have come since they were last shown. */
  readonly count: number
  /** They are shown now. */
  take(): void
}

/** Counts the events that a list does not show yet, and leaves the list alone: rows never move under a pointer. `accept` must be stable. */
export function useLive(accept: (event: LiveEvent) => boolean, patient?: string): Fresh {
  const { listen, follow } = useContext(LiveContext)
  const [ids, setIds] = useState<ReadonlySet<string>>(none)
  useEffect(() => listen((event) => {
    if (event === 'reset') setIds((before) => new Set([...before, 'reset']))
    else if (accept(event)) setIds((before) => new Set([...before, event.id]))
  }), [listen, accept])
  useEffect(() => (patient === undefined ? undefined : follow(patient)), [follow, patient])
  return { count: ids.size, take: useCallback(() => setIds(none), []) }
}

const none: ReadonlySet<string> = new Set()

/** "3 new results · show", in a line whose room is always kept. */
export function FreshLine({ words, fresh, onShow }: { readonly words: string, readonly fresh: Fresh, readonly onShow: () => void }) {
  const { t } = usePreferences()
  return (
    <div className="cl-fresh" role="status">
      {fresh.count > 0 && <Button variant="light" size="compact-md" onClick={() => { fresh.take(); onShow() }}>{t('live.show', { what: words })}</Button>}
    </div>
  )
}

/** Word and shape in the header: whether what happens is told at once. */
export function LiveDot() {
  const { t } = usePreferences()
  const { status } = useContext(LiveContext)
  if (status === 'off' || status === 'connecting') return null
  return <span className="cl-live" data-status={status} title={t(status === 'live' ? 'live.onWhat' : 'live.pausedWhat')}><Icon name={status === 'live' ? 'pulse' : 'hourglass'} size={16} /><span className="cl-live-word">{t(status === 'live' ? 'live.on' : 'live.paused')}</span></span>
}

/** The strip that says since when nothing was told; figures keep their age. */
export function LiveStrip() {
  const { t, instant } = usePreferences()
  const { status, since } = useContext(LiveContext)
  return <div className="cl-live-strip" role="status">{status === 'paused' && since !== undefined && <><Icon name="hourglass" size={16} /><span>{t('live.pausedSince', { time: instant(since, 'time') })}</span></>}</div>
}

/** What the browser says of the page or its network, as it changes. */
function usePageState(events: readonly string[], read: () => boolean): boolean {
  const [state, setState] = useState(read)
  useEffect(() => {
    const change = (): void => setState(read())
    for (const event of events) addEventListener(event, change)
    document.addEventListener('visibilitychange', change)
    return () => {
      for (const event of events) removeEventListener(event, change)
      document.removeEventListener('visibilitychange', change)
    }
    // The arguments are written where the hook is called and never change.
  }, [])
  return state
}
