import { combinedSchemas } from './combined-schemas.ts'
import { largeSchemas } from './large-schemas.ts'
import type { HostileSchema } from './parts.ts'

export { list, nameOf, nest, wideObject } from './parts.ts'

/** Schemas that are large, or that small ones make large, each with its name. */
export const hostileSchemas: readonly HostileSchema[] = [...combinedSchemas, ...largeSchemas]
