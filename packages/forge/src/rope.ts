import type { Shape } from './shapes.ts'

/**
 * What llama.cpp divides each rotary frequency by, `headSize / 2` numbers: 1 for the fast, the
 * factor for the slow, between the two smoothly.
 * @see https://github.com/meta-llama/llama-models/blob/main/models/llama3/model.py
 */
export function ropeFactors({ headSize, ropeTheta, ropeScaling }: Shape): Float32Array | undefined {
  if (!ropeScaling) return undefined
  const {
    factor,
    lowFrequencyFactor: low,
    highFrequencyFactor: high,
    originalContextLength,
  } = ropeScaling
  return Float32Array.from({ length: headSize / 2 }, (_, index) => {
    const wavelength = 2 * Math.PI * ropeTheta ** ((2 * index) / headSize)
    const turns = originalContextLength / wavelength
    const smooth = Math.max(0, Math.min(1, (turns - low) / (high - low)))
    return 1 / ((1 - smooth) / factor + smooth)
  })
}
