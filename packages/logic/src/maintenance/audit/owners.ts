import type { SealedFor } from '../../entries/network-definition.ts'

/** Numbers for the patients whose keys seal rows, so that a row names its own by four bytes. */
export interface Owners {
  /** 0 for none. */
  numberOf(owner: SealedFor | undefined): number
  get(number: number): SealedFor | undefined
}

export function createOwners(): Owners {
  const numbers = new Map<string, number>()
  const list: SealedFor[] = []
  return {
    numberOf(owner) {
      if (owner === undefined) return 0
      const name = `${owner.custodian}\0${owner.patient}`
      const known = numbers.get(name)
      if (known !== undefined) return known
      list.push(owner)
      numbers.set(name, list.length)
      return list.length
    },
    get: (number) => (number === 0 ? undefined : list[number - 1]),
  }
}
