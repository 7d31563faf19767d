import { useState, type KeyboardEvent } from 'react'
import { ActionIcon, Button } from '@mantine/core'
import { Icon } from '../../../components/icon.tsx'
import { usePreferences } from '../../../session/preferences.tsx'

const steps = [0.5, 0.75, 1, 1.25, 1.5, 2, 3, 4] as const

export interface Zoom {
  /** 1: as wide as the place it is shown in. */
  readonly factor: number
  in(): void
  out(): void
  fit(): void
}

export function useZoom(): Zoom {
  const [at, setAt] = useState(steps.indexOf(1))
  return {
    factor: steps[at] as number,
    in: () => setAt((before) => Math.min(before + 1, steps.length - 1)),
    out: () => setAt((before) => Math.max(before - 1, 0)),
    fit: () => setAt(steps.indexOf(1)),
  }
}

/** `+`, `-` and `0`, by the place of the key and not by what it types. True: the key was one of them. */
export function zoomByKey(zoom: Zoom, { code, ctrlKey, metaKey, altKey }: KeyboardEvent): boolean {
  if (ctrlKey || metaKey || altKey) return false
  const act = code === 'Equal' || code === 'NumpadAdd' ? zoom.in : code === 'Minus' || code === 'NumpadSubtract' ? zoom.out : code === 'Digit0' || code === 'Numpad0' ? zoom.fit : undefined
  act?.()
  return act !== undefined
}

export function ZoomButtons({ zoom }: { readonly zoom: Zoom }) {
  const { t, number } = usePreferences()
  return (
    <div className="cl-viewer-group">
      <ActionIcon variant="default" size={44} aria-label={t('viewer.smaller')} onClick={zoom.out}><Icon name="minus" /></ActionIcon>
      <Button variant="default" className="cl-viewer-zoom" onClick={zoom.fit} aria-label={t('viewer.fit', { percent: number(zoom.factor * 100) })}>{number(zoom.factor * 100)} %</Button>
      <ActionIcon variant="default" size={44} aria-label={t('viewer.larger')} onClick={zoom.in}><Icon name="plus" /></ActionIcon>
    </div>
  )
}
