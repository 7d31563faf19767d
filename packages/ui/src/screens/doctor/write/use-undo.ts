import { useCallback, useEffect, useRef, useState } from 'react'

/** Seconds in which something signed can still be taken back: it has not been sent. */
export const UNDO_SECONDS = 8

/** Holds an act back for a while. Leaving the page takes it back too: what was not sent stays a draft. */
export function useUndo() {
  const [seconds, setSeconds] = useState<number>()
  const act = useRef<(() => void) | undefined>(undefined)
  const finish = useCallback((run: boolean) => {
    const pending = act.current
    act.current = undefined
    setSeconds(undefined)
    if (run) pending?.()
  }, [])
  useEffect(() => {
    if (seconds === undefined) return
    const timer = setTimeout(() => (seconds > 1 ? setSeconds(seconds - 1) : finish(true)), 1_000)
    return () => clearTimeout(timer)
  }, [seconds, finish])
  useEffect(() => () => { act.current = undefined }, [])
  return {
    /** Left until it is done; `undefined`: nothing is held back. */
    seconds,
    start: (run: () => void) => { act.current = run; setSeconds(UNDO_SECONDS) },
    cancel: () => finish(false),
    now: () => finish(true),
  }
}
