import { patternMatcher } from './match-pattern.ts'
import { tryParsing } from './parse-pattern.ts'

/**
 * Why no text can be checked for a pattern, and what to do, to say after its name; undefined where
 * all can.
 */
export function findPatternFault(source: string): string | undefined {
  const pattern = tryParsing(source)
  if (typeof pattern === 'string') return pattern
  return patternMatcher(pattern)
    ? undefined
    : 'repeats so much that a check would take too long: lower its counts, or leave them out'
}
