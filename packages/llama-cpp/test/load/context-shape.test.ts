import { describe, expect, it } from 'vitest'
import type { ModelFile } from '../../src/gguf/model-file.ts'
import { chooseContextShape } from '../../src/load/context-shape.ts'
import type { ParsedOptions } from '../../src/options.ts'

const options = { parallel: 1, kvCache: 'f16' } as ParsedOptions

describe('the tokens of a prompt that are read in one batch', () => {
  it.each([
    [135_000_000, true, 512],
    [494_000_000, true, 256],
    [1_544_000_000, true, 64],
    [4_500_000_000, true, 32],
    [70_000_000_000, true, 32],
    [70_000_000_000, false, 512],
  ])('of %i parameters, on the CPU: %s, are %i', (parameters, isOnCpu, batchSize) => {
    const file = { parameters } as ModelFile
    const shape = chooseContextShape({ file, contextLength: 1_024, isOnCpu, options })
    expect(shape.batchSize).toBe(batchSize)
  })
})
