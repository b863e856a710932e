import { isSameJson, runSteps, validator } from '@nano/core/driver'
import {
  describeList,
  describeMembers,
  type ListItems,
  type ObjectMembers,
} from '../../src/grammar/conjunction-members.ts'
import type { Reading } from '../../src/grammar/conjunction-types.ts'
import { schemaAlternatives } from '../../src/grammar/schema-alternatives.ts'

type Members = Readonly<Record<string, unknown>>

/** Writes a value with its names in the order of a schema, which a grammar holds to. */
export function schemaOrder(root: unknown, reading: Reading = 'open'): (value: unknown) => unknown {
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
      const list = describeList(valid[0] ?? [], reading)
      const containing = findContained(list)
      return value.map((item, index) => {
        const parts = list.first[index] ?? list.others
        const isContained = containing.every((part) => validate(item, part).length === 0)
        return order(item, isContained ? [...parts, ...containing] : parts)
      })
    }
    const members = value as Members
    const description = valid
      .map((conjunction) => runSteps(describeMembers(conjunction, reading)))
      .filter((description) => allowsNames(description, members))
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

/** Whether a description allows the names, by a pattern perhaps, or because it needs others. */
function allowsNames({ others, patterned, named, min }: ObjectMembers, members: Members): boolean {
  const possibleNames = named.filter(
    ({ schemas, isDropped }) => !isDropped && !schemas.includes(false),
  )
  if (others !== undefined || (patterned.size === 0 && possibleNames.length < min)) return true
  return Object.keys(members).every(
    (name) =>
      named.some((member) => member.name === name) ||
      [...patterned.keys()].some((pattern) => new RegExp(pattern, 'u').test(name)),
  )
}

function countNamed(namedMembers: readonly { readonly name: string }[], members: Members): number {
  return namedMembers.filter(({ name }) => Object.hasOwn(members, name)).length
}
