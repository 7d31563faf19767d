import { useEffect, useRef } from 'react'

/** ⌘ or Ctrl with Enter, wherever on the page the focus is; not in a dialog above it, and not while a word is being composed. */
export function useSubmitKey(run: () => void): void {
  const latest = useRef(run)
  useEffect(() => { latest.current = run })
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (!(event.metaKey || event.ctrlKey) || event.code !== 'Enter' || event.isComposing || event.repeat) return
      if (event.target instanceof HTMLElement && event.target.closest('[role="dialog"]') !== null) return
      event.preventDefault()
      latest.current()
    }
    document.addEventListener('keydown', onKey)
    return () => document.removeEventListener('keydown', onKey)
  }, [])
}
