// What a law needs is a function of capabilities, so it is asked, not read.
import { fail } from './source.mjs'

/** Everything that can be claimed, least first where there are grades. */
const grades = { reasoning: ['never', 'always', 'optional'], tools: ['never', 'offered', 'forced'] }

/**
 * What a law needs, in words, e.g. `render`, `tools: forced` or `one of topK, topP`; empty when it
 * holds for all.
 */
export function needsOf({ law, skipReason }, { switches, settings }) {
  if (!skipReason) return []
  const claims = [
    ...Object.entries(grades).flatMap(([name, steps]) =>
      steps.slice(1).map((step) => ({ name, step })),
    ),
    ...switches.map((name) => ({ name })),
    ...settings.map((setting) => ({ name: 'sampling', setting })),
  ]
  const holds = (claimed) =>
    skipReason({ capabilities: capabilitiesOf(claimed, switches), info: {} }) === undefined
  if (!holds(claims)) fail(`'${law}' does not apply to a driver that claims everything`)

  // What cannot be left out is needed; if that is not enough, one of the others is.
  const without = (claim) =>
    claims.filter(
      (other) =>
        other !== claim &&
        !(
          claim.step &&
          other.name === claim.name &&
          grades[claim.name].indexOf(other.step) > grades[claim.name].indexOf(claim.step)
        ),
    )
  const needed = claims.filter((claim) => !holds(without(claim)))
  if (holds(needed)) return strongest(needed).map(inWords)
  const others = claims.filter((claim) => !needed.includes(claim) && holds([...needed, claim]))
  if (others.length === 0) fail(`'${law}' needs more than the docs can say`)
  return [...strongest(needed).map(inWords), `one of ${others.map(inWords).join(', ')}`]
}

function capabilitiesOf(claimed, switches) {
  const graded = Object.entries(grades).map(([name, steps]) => [
    name,
    claimed.filter((claim) => claim.name === name).at(-1)?.step ?? steps[0],
  ])
  const switched = switches.map((name) => [name, claimed.some((claim) => claim.name === name)])
  return {
    ...Object.fromEntries([...graded, ...switched]),
    sampling: claimed.flatMap(({ setting }) => setting ?? []),
  }
}

/** Of two grades of one capability, the higher says it all. */
function strongest(needed) {
  return needed.filter(
    ({ name, step }, index) =>
      !step || needed.findLastIndex((other) => other.name === name) === index,
  )
}

function inWords({ name, step, setting }) {
  if (setting) return `\`${setting}\``
  if (!step || grades[name].indexOf(step) === 1) return `\`${name}\``
  return `\`${name}: ${step}\``
}
