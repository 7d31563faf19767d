/** Faults that happen a given number of times: what is to go wrong, and how often yet. */
export class FaultCounter {
  readonly #left = new Map<string, number>()

  arm(fault: string, times: number): void {
    this.#left.set(fault, (this.#left.get(fault) ?? 0) + times)
  }

  /** True if the fault is due; it then happens, once less from now on. */
  take(fault: string): boolean {
    const left = this.#left.get(fault) ?? 0
    if (left === 0) return false
    this.#left.set(fault, left - 1)
    return true
  }
}
