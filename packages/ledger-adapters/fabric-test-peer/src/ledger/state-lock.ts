/**
 * Many simulations or one commit. A waiting commit goes before later simulations, as in the peer (Go's RWMutex), so a
 * chaincode that hangs holds up its channel's commits, and nothing is ever read across a commit.
 */
export class StateLock {
  #readers = 0
  #writing = false
  readonly #waiting: { readonly write: boolean; readonly enter: () => void }[] = []

  /** Resolves with the release, to be called once. */
  acquire(kind: 'read' | 'write'): Promise<() => void> {
    return new Promise((resolve) => {
      this.#waiting.push({ write: kind === 'write', enter: () => resolve(() => this.#release(kind === 'write')) })
      this.#admit()
    })
  }

  #admit(): void {
    for (let next = this.#waiting[0]; next !== undefined; next = this.#waiting[0]) {
      if (this.#writing || (next.write && this.#readers > 0)) return
      this.#waiting.shift()
      if (next.write) this.#writing = true
      else this.#readers += 1
      next.enter()
    }
  }

  #release(write: boolean): void {
    if (write) this.#writing = false
    else this.#readers -= 1
    this.#admit()
  }
}
