import { useEffect, useState, type ComponentType } from 'react'
import { Problem } from '@careledger/api/contracts'
import { ErrorState, LoadingState } from '../components/states.tsx'

/** Screens that are fetched together, when the first of them is opened or before. */
export interface ScreenGroup<Name extends string> {
  /** Fetches them for later; a failure is told when a screen is opened. */
  preload(): void
  screen(name: Name): ComponentType
}

/** `load`: a dynamic import, which a bundler makes a file of its own. */
export function screenGroup<Name extends string>(load: () => Promise<Readonly<Record<Name, ComponentType>>>): ScreenGroup<Name> {
  let group: Readonly<Record<Name, ComponentType>> | undefined
  const fetchGroup = async (): Promise<typeof group> => (group ??= await load())
  return {
    preload: () => void fetchGroup().catch(() => undefined),
    screen: (name) => function LazyScreen() {
      const [Screen, setScreen] = useState<ComponentType | undefined>(() => group?.[name])
      const [failed, setFailed] = useState(false)
      useEffect(() => {
        if (Screen === undefined) fetchGroup().then((found) => setScreen(() => found?.[name]), () => setFailed(true))
      }, [Screen])
      if (Screen !== undefined) return <Screen />
      // Browsers remember a file that could not be fetched, and after an update it has another name: the page is loaded anew.
      if (failed) return <div className="cl-page"><ErrorState error={new Problem('UNAVAILABLE', 'A part of the pages could not be fetched.')} onRetry={() => location.reload()} /></div>
      return <div className="cl-page"><LoadingState rows={8} /></div>
    },
  }
}
