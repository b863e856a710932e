import { isSameJson, runSteps, validator } from '@nano/core/driver'
import {
  describeList,
  describeMembers,
  type ListItems,
  type ObjectMembers,
} from '../../src/grammar/conjunction-members.ts'
import { schemaAlternatives } from '../../src/grammar/schema-alternatives.ts'

type Members = Readonly<Record<string, unknown>>

/** Writes a value with its names in the order of a schema, which a grammar holds to. */
export function schemaOrder(root: unknown): (value: unknown) => unknown {
  const alternatives = schemaAlternatives(root)
  const validate = validator(root)

  function order(value: unknown, schemas: readonly unknown[]): unknown {
    if (typeof value !== 'object' || value === null) return value
    const conjunctions = runSteps(alternatives.of(schemas, 'value'))
    const valid = conjunctions.filter((conjunction) =>
      conjunction.every((part) => validate(value, part).length === 0),
    )
    const listedValue = valid
      .flat()
      .flatMap(({ const: constant, enum: choices }) => [constant, choices].flat(1))
      .find((choice) => isSameJson(choice, value))
    if (listedValue !== undefined) return listedValue
    if (Array.isArray(value)) {
      const list = describeList(valid[0] ?? [], 'open')
      const containing = findContained(list)
      return value.map((item, index) => {
        const parts = list.first[index] ?? list.others
        const isContained = containing.every((part) => validate(item, part).length === 0)
        return order(item, isContained ? [...parts, ...containing] : parts)
      })
    }
    const members = value as Members
    const description = valid
      .map((conjunction) => runSteps(describeMembers(conjunction, 'open')))
      .toSorted((a, b) => countNamed(b.named, members) - countNamed(a.named, members))[0]
    const orderedMembers =
      description?.named.filter(({ name }) => Object.hasOwn(members, name)) ?? []
    const otherNames = Object.keys(members).filter(
      (name) => !orderedMembers.some((member) => member.name === name),
    )
    return Object.fromEntries([
      ...orderedMembers.map(({ name, schemas: parts }) => [name, order(members[name], parts)]),
      ...otherNames.map((name) => [name, order(members[name], describeOther(name, description))]),
    ])
  }

  return (value) => order(value, [root])
}

function describeOther(name: string, description: ObjectMembers | undefined): readonly unknown[] {
  const patterns = [...(description?.patterned.keys() ?? [])]
  const matchingPatterns = patterns.filter((pattern) => new RegExp(pattern, 'u').test(name))
  return matchingPatterns.length > 0
    ? (description?.describeMatching(matchingPatterns) ?? [])
    : (description?.others ?? [])
}

/** What the grammar of a list demands of an item in any place. */
function findContained({ contained, first, min, max }: ListItems): readonly unknown[] {
  const isHeld = contained && first.length === 0 && min <= contained.min && max === Infinity
  return isHeld ? [contained.schema] : []
}

function countNamed(namedMembers: readonly { readonly name: string }[], members: Members): number {
  return namedMembers.filter(({ name }) => Object.hasOwn(members, name)).length
}
