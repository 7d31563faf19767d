/** What a form asks for. */
export const CODE_USES = ['condition', 'allergy', 'medicine', 'order'] as const
export type CodeUse = (typeof CODE_USES)[number]

export interface ListedCode {
  readonly system?: string | undefined
  readonly code: string
  readonly display: string
  /** Further names that it is found by. */
  readonly also: readonly string[]
}

/** Codes that a hospital offers in its forms. It brings them itself: no terminology comes with this project. */
export interface CodeList {
  readonly name: string
  readonly uses: readonly CodeUse[]
  readonly codes: readonly ListedCode[]
}

/** Most codes of one list. */
export const CODES_MAX = 200_000
