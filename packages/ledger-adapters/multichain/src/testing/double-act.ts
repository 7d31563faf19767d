/** One item as it was published. */
export interface DoubleItem {
  readonly stream: string
  readonly keys: readonly string[]
  readonly data: unknown
  readonly offchain: boolean
}

/** What a transaction does: publish items, make a stream, give or take a right. */
export type DoubleAct =
  | { readonly kind: 'publish'; readonly items: readonly DoubleItem[] }
  | { readonly kind: 'create'; readonly name: string; readonly restrict: readonly string[] }
  | { readonly kind: 'permit'; readonly address: string; readonly right: string; readonly given: boolean }
