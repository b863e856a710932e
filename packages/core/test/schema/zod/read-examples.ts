import { containerExamples } from './container-examples.ts'
import { textExamples } from './text-examples.ts'
import { valueExamples } from './value-examples.ts'
import { wrapperExamples } from './wrapper-examples.ts'

/** What JSON can say, by the names that zod exports it under. */
export const readExamples = {
  ...textExamples,
  ...valueExamples,
  ...containerExamples,
  ...wrapperExamples,
} as const
