import { useEffect, useRef } from 'react'
import { useNavigate } from 'react-router'
import { usePreferences } from '../session/preferences.tsx'
import type { Destination } from './navigation.ts'

interface Shortcuts {
  readonly places: readonly Destination[]
  onPalette(): void
  onHelp(): void
}

const SEQUENCE_MS = 1_200

/**
 * Keys for those who want them, matched by `event.code`: under a Korean input method the key "j" arrives as "ㅓ". Nothing happens while
 * a word is being composed or a field has the focus; single keys can be switched off (WCAG 2.1.4), the palette stays.
 */
export function useShortcuts(shortcuts: Shortcuts): void {
  const { singleKeys } = usePreferences()
  const navigate = useNavigate()
  const latest = useRef(shortcuts)
  useEffect(() => { latest.current = shortcuts })

  useEffect(() => {
    let goUntil = 0
    const onKey = (event: KeyboardEvent): void => {
      if (event.isComposing || event.defaultPrevented) return
      if ((event.metaKey || event.ctrlKey) && event.code === 'KeyK') {
        event.preventDefault()
        latest.current.onPalette()
        return
      }
      if (!singleKeys || event.metaKey || event.ctrlKey || event.altKey || isField(event.target)) return
      if (goUntil > Date.now()) {
        goUntil = 0
        const place = latest.current.places.find(({ code }) => code === event.code)
        if (place) void navigate(place.to)
        return
      }
      if (event.code === 'KeyG') goUntil = Date.now() + SEQUENCE_MS
      else if (event.key === '?' || (event.code === 'Slash' && event.shiftKey)) latest.current.onHelp()
      else if (event.code === 'Slash') act(event, () => document.querySelector<HTMLElement>('[data-filter] input, [data-filter] button')?.focus())
      else if (event.code === 'KeyJ') act(event, () => moveRow(1))
      else if (event.code === 'KeyK') act(event, () => moveRow(-1))
      else if (event.code === 'KeyP') document.querySelector<HTMLElement>('[data-shortcut="proof"]')?.click()
    }
    document.addEventListener('keydown', onKey)
    return () => document.removeEventListener('keydown', onKey)
  }, [navigate, singleKeys])
}

function act(event: KeyboardEvent, run: () => void): void {
  event.preventDefault()
  run()
}

/** Moves the focus between the links of rows; Enter opens them, as any link. */
function moveRow(step: number): void {
  const links = [...document.querySelectorAll<HTMLElement>('.cl-row-link')]
  const at = links.indexOf(document.activeElement as HTMLElement)
  links[at === -1 ? 0 : Math.min(Math.max(at + step, 0), links.length - 1)]?.focus()
}

function isField(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target.isContentEditable || ['INPUT', 'TEXTAREA', 'SELECT'].includes(target.tagName) || target.closest('[role="dialog"], [role="menu"]') !== null)
}
