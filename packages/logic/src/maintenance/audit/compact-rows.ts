import { randomBytes } from 'node:crypto'

/**
 * Digests of rows whose keys are UUIDs in lower case, without an object for each: 37 bytes a slot, at most two thirds of them full, so
 * 56 to 111 bytes for each row that was ever held at a time. What an audit of millions of entries keeps in memory.
 */
export interface CompactRows {
  /** `digest` of 16 bytes, `owner` 0..2^32-1. Replaces what was there. */
  set(key: string, digest: Uint8Array, owner: number): void
  /** A copy. */
  get(key: string): { readonly digest: Uint8Array; readonly owner: number } | undefined
  delete(key: string): void
  keys(): Iterable<string>
  /** Bytes held. */
  readonly bytes: number
}

const slotBytes = 36
const empty = 0
const full = 1
const deleted = 2
const seed = randomBytes(4).readUInt32LE()

/** Linear probing. Keys are mixed with a random number of this process: whoever chooses ids cannot make them collide. */
export function createCompactRows(): CompactRows {
  let capacity = 1024
  let states = new Uint8Array(capacity)
  let slots = Buffer.alloc(capacity * slotBytes)
  let used = 0
  let held = 0
  const wanted = Buffer.alloc(16)

  /** The slot of `wanted`, or the one it may take. */
  const find = (): number => {
    let free = -1
    for (let slot = mix(wanted) & (capacity - 1); ; slot = (slot + 1) & (capacity - 1)) {
      const state = states[slot]
      if (state === empty) return free === -1 ? slot : free
      if (state === deleted && free === -1) free = slot
      if (state === full && slots.compare(wanted, 0, 16, slot * slotBytes, slot * slotBytes + 16) === 0) return slot
    }
  }
  const grow = (): void => {
    const [oldStates, oldSlots] = [states, slots]
    capacity = held * 3 > capacity ? capacity * 2 : capacity
    states = new Uint8Array(capacity)
    slots = Buffer.alloc(capacity * slotBytes)
    used = held
    oldStates.forEach((state, old) => {
      if (state !== full) return
      oldSlots.copy(wanted, 0, old * slotBytes, old * slotBytes + 16)
      const slot = find()
      states[slot] = full
      oldSlots.copy(slots, slot * slotBytes, old * slotBytes, (old + 1) * slotBytes)
    })
  }

  return {
    set(key, digest, owner) {
      writeKey(wanted, key)
      let slot = find()
      if (states[slot] !== full) {
        if ((used + 1) * 3 > capacity * 2) {
          grow()
          writeKey(wanted, key)
          slot = find()
        }
        if (states[slot] === empty) used++
        held++
        states[slot] = full
      }
      wanted.copy(slots, slot * slotBytes)
      slots.set(digest, slot * slotBytes + 16)
      slots.writeUInt32LE(owner, slot * slotBytes + 32)
    },
    get(key) {
      writeKey(wanted, key)
      const slot = find()
      if (states[slot] !== full) return undefined
      return { digest: Uint8Array.from(slots.subarray(slot * slotBytes + 16, slot * slotBytes + 32)), owner: slots.readUInt32LE(slot * slotBytes + 32) }
    },
    delete(key) {
      writeKey(wanted, key)
      const slot = find()
      if (states[slot] !== full) return
      states[slot] = deleted
      held--
    },
    * keys() {
      for (let slot = 0; slot < capacity; slot++) if (states[slot] === full) yield slots.toString('hex', slot * slotBytes, slot * slotBytes + 16).replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
    },
    get bytes() { return states.length + slots.length },
  }
}

function writeKey(to: Buffer, key: string): void {
  to.write(key.slice(0, 8) + key.slice(9, 13) + key.slice(14, 18) + key.slice(19, 23) + key.slice(24), 'hex')
}

function mix(key: Buffer): number {
  let hash = seed
  for (let at = 0; at < 16; at += 4) {
    hash = Math.imul(hash ^ key.readUInt32LE(at), 0x9e3779b1)
    hash ^= hash >>> 15
  }
  return hash >>> 0
}
