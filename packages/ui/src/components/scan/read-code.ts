/** Finds the text of a QR code in a picture of the camera; `undefined`: there is none in it. */
export type CodeReader = (video: HTMLVideoElement) => Promise<string | undefined>

interface Detector {
  detect(source: HTMLVideoElement): Promise<readonly { readonly rawValue: string }[]>
}
interface DetectorClass {
  new (options: { readonly formats: readonly string[] }): Detector
  getSupportedFormats(): Promise<readonly string[]>
}

/** Longest side of the picture that is looked at without a detector of the browser's own. */
const sideMax = 800

/** The browser's own detector where it knows QR codes, and jsQR, loaded then, where it does not. Pictures do not leave the device. */
export async function createCodeReader(): Promise<CodeReader> {
  const { BarcodeDetector: Native } = globalThis as { readonly BarcodeDetector?: DetectorClass }
  if (Native !== undefined && (await Native.getSupportedFormats().catch((): readonly string[] => [])).includes('qr_code')) {
    const detector = new Native({ formats: ['qr_code'] })
    return async (video) => (await detector.detect(video))[0]?.rawValue
  }
  const { default: { default: decode } } = await import('jsqr')
  const canvas = document.createElement('canvas')
  const context = canvas.getContext('2d', { willReadFrequently: true })
  return async (video) => {
    const scale = Math.min(1, sideMax / Math.max(video.videoWidth, video.videoHeight, 1))
    const [width, height] = [Math.round(video.videoWidth * scale), Math.round(video.videoHeight * scale)]
    if (context === null || width === 0 || height === 0) return undefined
    canvas.width = width
    canvas.height = height
    context.drawImage(video, 0, 0, width, height)
    return decode(context.getImageData(0, 0, width, height).data, width, height)?.data
  }
}
