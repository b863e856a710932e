import type { Shape } from './shape.ts'

/**
 * Computes what llama.cpp divides each rotary frequency by, `headSize / 2` numbers: 1 for fast
 * frequencies, the factor for slow ones, and a smooth transition between the two. Returns nothing
 * for a shape without scaling.
 * @see https://github.com/meta-llama/llama-models/blob/main/models/llama3/model.py
 */
export function computeRopeFactors({
  headSize,
  ropeTheta,
  ropeScaling,
}: Shape): Float32Array | undefined {
  if (!ropeScaling) return undefined
  const {
    factor,
    lowFrequencyFactor: lowFactor,
    highFrequencyFactor: highFactor,
    originalContextLength,
  } = ropeScaling
  return Float32Array.from({ length: headSize / 2 }, (_, index) => {
    const wavelength = 2 * Math.PI * ropeTheta ** ((2 * index) / headSize)
    const turns = originalContextLength / wavelength
    const weight = Math.max(0, Math.min(1, (turns - lowFactor) / (highFactor - lowFactor)))
    return 1 / ((1 - weight) / factor + weight)
  })
}
