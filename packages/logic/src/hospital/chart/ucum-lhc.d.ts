/** The part of the library that is used here; it brings no types of its own. */
declare module '@lhncbc/ucum-lhc' {
  export const UcumLhcUtils: {
    getInstance(): {
      convertUnitTo(from: string, value: number, to: string, suggest?: boolean): { readonly status: 'succeeded' | 'failed' | 'error'; readonly toVal: number | null }
    }
  }
}
