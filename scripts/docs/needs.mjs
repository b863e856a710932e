// Finds out which capabilities a law needs. `skipReason` of a law is a function, so it is called
// with many capabilities rather than read.
import { fail } from './source.mjs'

/** The capabilities that have grades, from the least to the most. */
const grades = { reasoning: ['never', 'always', 'optional'], tools: ['never', 'offered', 'forced'] }

/**
 * The capabilities that a law needs, such as `render`, `tools: forced` or `one of topK, topP`.
 * Empty where the law holds for every driver.
 */
export function needsOf({ law, skipReason }, { switches, settings }) {
  if (!skipReason) return []
  const claims = [
    ...Object.entries(grades).flatMap(([name, steps]) =>
      steps.slice(1).map((grade) => ({ name, grade })),
    ),
    ...switches.map((name) => ({ name })),
    ...settings.map((setting) => ({ name: 'sampling', setting })),
  ]
  const info = { model: 'any', contextLength: 1_000 }
  const applies = (claims) =>
    skipReason({ capabilities: toCapabilities(claims, switches), info }) === undefined
  if (!applies(claims)) fail(`'${law}' does not apply to a driver that claims everything`)

  // A claim is required where the law does not apply without it. Where the required claims are not
  // enough, one of the others is needed too.
  const requiredClaims = claims.filter((claim) => !applies(withoutClaim(claims, claim)))
  if (applies(requiredClaims)) return keepHighestGrades(requiredClaims).map(describeClaim)
  const sufficientClaims = claims.filter(
    (claim) => !requiredClaims.includes(claim) && applies([...requiredClaims, claim]),
  )
  if (sufficientClaims.length === 0) fail(`'${law}' needs more than the docs can say`)
  return [
    ...keepHighestGrades(requiredClaims).map(describeClaim),
    `one of ${sufficientClaims.map(describeClaim).join(', ')}`,
  ]
}

/** Leaves a claim out, and with a grade the higher grades of the same capability. */
function withoutClaim(claims, { name, grade, setting }) {
  const isHigher = (otherClaim) =>
    grade !== undefined && grades[name].indexOf(otherClaim.grade) >= grades[name].indexOf(grade)
  return claims.filter((otherClaim) =>
    grade === undefined
      ? !(otherClaim.name === name && otherClaim.setting === setting)
      : !(otherClaim.name === name && isHigher(otherClaim)),
  )
}

function toCapabilities(claims, switches) {
  const gradeEntries = Object.entries(grades).map(([name, steps]) => [
    name,
    claims.findLast((claim) => claim.name === name)?.grade ?? steps[0],
  ])
  const switchEntries = switches.map((name) => [name, claims.some((claim) => claim.name === name)])
  return {
    ...Object.fromEntries([...gradeEntries, ...switchEntries]),
    sampling: claims.flatMap(({ setting }) => setting ?? []),
    loras: [],
  }
}

/** The higher of two grades of one capability implies the lower. */
function keepHighestGrades(claims) {
  return claims.filter(
    ({ name, grade }, index) =>
      !grade || claims.findLastIndex((otherClaim) => otherClaim.name === name) === index,
  )
}

function describeClaim({ name, grade, setting }) {
  if (setting) return `\`${setting}\``
  if (!grade || grades[name].indexOf(grade) === 1) return `\`${name}\``
  return `\`${name}: ${grade}\``
}
