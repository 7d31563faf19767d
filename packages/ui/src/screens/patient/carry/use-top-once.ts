import { useEffect } from 'react'

/** A page that takes the place of another one at the same address begins at its top, with the focus on its heading. */
export function useTopOnce(): void {
  useEffect(() => {
    window.scrollTo(0, 0)
    document.querySelector<HTMLElement>('h1')?.focus({ preventScroll: true })
  }, [])
}
