import { completion } from './completion.ts'
import { errors } from './errors.ts'
import { lifetime } from './lifetime.ts'
import { reasoning } from './reasoning.ts'
import { sampling } from './sampling.ts'
import { stopping } from './stopping.ts'
import { stream } from './stream.ts'
import { tokens } from './tokens.ts'
import { tools } from './tools.ts'
import type { Broken } from './sabotage.ts'

export { talkativeDriver } from './sabotage.ts'

/** One driver or model that breaks each law, in the order of the suite. */
export const brokenDrivers: readonly Broken[] = [
  ...stream,
  ...sampling,
  ...stopping,
  ...completion,
  ...reasoning,
  ...tokens,
  ...tools,
  ...errors,
  ...lifetime,
]
