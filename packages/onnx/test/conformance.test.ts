import { conformance } from '@nano/core/conformance'
import { it } from 'vitest'
import { openOnnx } from '../src/index.ts'

await conformance(it, () => openOnnx({ model: 'tiny' }))
