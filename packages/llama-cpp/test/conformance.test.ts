import { conformance } from '@nano/core/conformance'
import { it } from 'vitest'
import { openLlamaCpp } from '../src/index.ts'

await conformance(it, () => openLlamaCpp({ model: 'tiny' }))
