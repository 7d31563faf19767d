import { useState } from 'react'
import { useQueryClient } from '@tanstack/react-query'
import type { Translate, WordKey } from '../../i18n/translate.ts'
import { usePreferences } from '../../session/preferences.tsx'

/** One act at a time: what was said afterwards, in the page's language by then, or why it did not go. */
export interface Act {
  readonly busy: boolean
  readonly error: unknown
  readonly said: string | undefined
  /** Resolves `true` once it is done and what is on screen has been asked again. */
  run(body: () => Promise<unknown>, words?: WordKey, values?: Readonly<Record<string, string>>): Promise<boolean>
}

export function useAct(): Act {
  const { t } = usePreferences()
  const queries = useQueryClient()
  const [state, setState] = useState<{ readonly busy: boolean, readonly error?: unknown, readonly said?: (t: Translate) => string }>({ busy: false })
  return {
    busy: state.busy, error: state.error, said: state.said?.(t),
    async run(body, words, values) {
      setState({ busy: true })
      try {
        await body()
        await queries.invalidateQueries()
        setState({ busy: false, ...(words !== undefined && { said: (translate: Translate) => translate(words, values) }) })
        return true
      } catch (error) {
        setState({ busy: false, error })
        return false
      }
    },
  }
}
