import { countCost, type Steps } from '../schema/steps.ts'

/**
 * Makes something of a part of JSON. A list or an object has `members`, what was made of each of
 * its members; an object has their `names` too.
 */
type Combine<Result> = (
  part: unknown,
  members?: readonly Result[],
  names?: readonly string[],
) => Result

/** A list or an object that the walk is in. */
interface Level<Result> {
  readonly part: object
  readonly names: readonly string[] | undefined
  readonly values: readonly unknown[]
  readonly members: Result[]
}

/**
 * Makes something of JSON from the inside out: once of a part that stands in many places, and not
 * of a property that is undefined. The JSON is one that `readJson` finds no fault with.
 */
export function* foldJson<Result>(root: unknown, combine: Combine<Result>): Steps<Result> {
  const results = new Map<object, Result>()
  const top: Level<Result> = { part: [root], names: undefined, values: [root], members: [] }
  const levels: Level<Result>[] = [top]
  const stepEnds = countCost()

  for (let level = top; levels.length > 1 || top.members.length === 0;) {
    if (stepEnds(1)) yield
    const { part, names, values, members } = level
    if (members.length === values.length) {
      const result = combine(part, members, names)
      results.set(part, result)
      levels.pop()
      level = levels.at(-1) ?? top
      level.members.push(result)
      continue
    }
    const value = values[members.length]
    if (typeof value !== 'object' || value === null) members.push(combine(value))
    else if (results.has(value)) members.push(results.get(value) as Result)
    else levels.push((level = openLevel(value)))
  }
  return top.members[0] as Result
}

function openLevel<Result>(part: object): Level<Result> {
  if (Array.isArray(part)) return { part, names: undefined, values: part, members: [] }
  const values: unknown[] = Object.values(part)
  const names = Object.keys(part)
  if (!values.includes(undefined)) return { part, names, values, members: [] }
  return {
    part,
    names: names.filter((_name, index) => values[index] !== undefined),
    values: values.filter((value) => value !== undefined),
    members: [],
  }
}
