import { list } from '../../../../test/shared/hostile-schemas/index.ts'

export const number = { type: 'number' }

/** A schema that describes a name and requires it. */
export const requireName = (name: string) => ({ properties: { [name]: number }, required: [name] })

/** Branches of which each requires one name. */
export const branches = (stem: string, count: number) => ({
  anyOf: list(count).map((index) => requireName(`${stem}${index}`)),
})
