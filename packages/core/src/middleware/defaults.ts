import type { Middleware } from '../driver/driver.ts'
import { parsePreset, type Preset } from '../request.ts'
import { rewriteRequest } from '../driver/forward.ts'

/**
 * Fills in what a request leaves out; sampling is merged field by field, everything else as a
 * whole. Throws `invalid-request` for a preset that does not hold.
 */
export function defaults(preset: Preset): Middleware {
  const { sampling, ...rest } = parsePreset(preset)
  return (inner) =>
    rewriteRequest(inner, 'defaults', (request) => ({
      ...rest,
      ...request,
      ...((sampling ?? request.sampling) && { sampling: { ...sampling, ...request.sampling } }),
    }))
}
