/** A file of the map: its data, and where each piece of it stands. */
import type { Place } from './diagnostic.ts'
import type { YamlChild, YamlNode, YamlTree } from './yaml.ts'

/** Steps from the top of a document: keys and indexes. */
export type Path = readonly (string | number)[]

export interface MapDocument {
  readonly file: string
  readonly root: YamlNode
  /** The node at a path, or undefined where there is none. */
  readonly nodeAt: (path: Path) => YamlNode | undefined
  /** Where the value stands; where there is none, where the nearest one around it has its key. */
  readonly placeOf: (path: Path) => Place
  /** Where the key of the value stands; otherwise the same. */
  readonly keyPlaceOf: (path: Path) => Place
}

export function createDocument(file: string, { root, placeAt }: YamlTree): MapDocument {
  const keyPlaceOf = (path: Path) => placeAt(nearest(root, path).keyOffset)
  return {
    file,
    root,
    nodeAt: (path) => childAt(root, path)?.node,
    placeOf: (path) => {
      const child = childAt(root, path)
      return child === undefined ? keyPlaceOf(path) : placeAt(child.node.offset)
    },
    keyPlaceOf,
  }
}

function childAt(root: YamlNode, path: Path): YamlChild | undefined {
  let child: YamlChild | undefined = { node: root, keyOffset: 0 }
  for (const step of path) child = child?.node.children?.get(step)
  return child
}

/** The longest part of the path that exists. */
function nearest(root: YamlNode, path: Path): YamlChild {
  let child: YamlChild = { node: root, keyOffset: 0 }
  for (const step of path) {
    const next = child.node.children?.get(step)
    if (next === undefined) return child
    child = next
  }
  return child
}
