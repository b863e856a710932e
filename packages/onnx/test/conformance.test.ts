import { conformance } from '@nano/core/conformance'
import { describe, it } from 'vitest'
import { openOnnx } from '../src/index.ts'
import { openFrom } from '../src/open.ts'

await conformance(it, () => openOnnx({ model: 'tiny' }))

describe('with the cache of a large model', async () => {
  await conformance(it, () => openFrom(0, { model: 'tiny', device: 'cpu', threads: 1 }))
})
