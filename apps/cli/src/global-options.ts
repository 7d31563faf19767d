/** Options that every command takes. */
export interface GlobalOptions {
  readonly json: boolean
  readonly url: string
  readonly data?: string | undefined
  readonly key?: string | undefined
  readonly as?: string | undefined
}
