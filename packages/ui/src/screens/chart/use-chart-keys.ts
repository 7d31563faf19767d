import { useEffect, useRef } from 'react'
import { usePreferences } from '../../session/preferences.tsx'

/**
 * Keys of a chart: 1 to 5 choose a view, `[` and `]` open the record before and after the open one. By `event.code`, as all keys here;
 * they can be switched off with the other single keys.
 */
export function useChartKeys(keys: { readonly onView: (place: number) => void }): void {
  const { singleKeys } = usePreferences()
  const latest = useRef(keys)
  useEffect(() => { latest.current = keys })
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (!singleKeys || event.isComposing || event.defaultPrevented || event.metaKey || event.ctrlKey || event.altKey || event.shiftKey || inField(event.target)) return
      const digit = /^Digit([1-5])$/.exec(event.code)?.[1]
      if (digit !== undefined) latest.current.onView(Number(digit) - 1)
      else if (event.code === 'BracketLeft') openNeighbour(-1)
      else if (event.code === 'BracketRight') openNeighbour(1)
    }
    document.addEventListener('keydown', onKey)
    return () => document.removeEventListener('keydown', onKey)
  }, [singleKeys])
}

/** The address says which record is open, at once; what is drawn follows a moment later, and keys may come faster. */
function openNeighbour(step: number): void {
  const links = [...document.querySelectorAll<HTMLAnchorElement>('a.cl-row-link')]
  const open = new URLSearchParams(location.search).get('record')
  const at = open === null ? -1 : links.findIndex((link) => new URL(link.href).searchParams.get('record') === open)
  links[at === -1 ? 0 : at + step]?.click()
}

function inField(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target.isContentEditable || ['INPUT', 'TEXTAREA', 'SELECT'].includes(target.tagName) || target.closest('[role="dialog"], [role="menu"]') !== null)
}
