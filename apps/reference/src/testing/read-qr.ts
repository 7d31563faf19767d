import decode from 'jsqr'
import type { Locator } from 'playwright-core'
import { PNG } from 'pngjs'

/** What a camera would read off the screen: the code is photographed and decoded by another library than the one that drew it. */
export async function readQr(code: Locator): Promise<string> {
  const { data, width, height } = PNG.sync.read(await code.screenshot())
  const found = decode.default(new Uint8ClampedArray(data), width, height)
  if (found === null) throw new Error('There is no readable code on the screen.')
  return found.data
}
