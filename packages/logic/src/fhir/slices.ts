/** So long one step of a long computation may keep the process from everybody else. */
const sliceMs = 6

/** Gives the event loop back whenever a slice is used up; otherwise goes on at once. */
export function createSlices(): () => Promise<void> | undefined {
  let began = performance.now()
  return () => {
    if (performance.now() - began < sliceMs) return undefined
    return new Promise((resolve) => setImmediate(() => {
      began = performance.now()
      resolve()
    }))
  }
}
