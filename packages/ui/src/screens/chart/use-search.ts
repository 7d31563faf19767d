import { useSearchParams } from 'react-router'

export interface Search {
  get(name: string): string | undefined
  /** The query with these values, for a link; `undefined` takes a value away. */
  with(values: Readonly<Record<string, string | undefined>>): string
  change(values: Readonly<Record<string, string | undefined>>): void
}

/** What of a view stands in the address, so that a link restores it. */
export function useSearch(): Search {
  const [params, setParams] = useSearchParams()
  const changed = (before: URLSearchParams, values: Readonly<Record<string, string | undefined>>): URLSearchParams => {
    const next = new URLSearchParams(before)
    for (const [name, value] of Object.entries(values)) {
      if (value === undefined) next.delete(name)
      else next.set(name, value)
    }
    return next
  }
  return {
    get: (name) => params.get(name) ?? undefined,
    with: (values) => `?${changed(params, values).toString()}`,
    change: (values) => setParams((before) => changed(before, values), { preventScrollReset: true }),
  }
}
