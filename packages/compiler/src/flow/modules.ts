/** Boxes that a drawing should not exceed before equal neighbours are drawn as one. */
const most = 16;

interface Module {
  path: string;
  children: Map<string, Module>;
  /** What the module holds itself, relative: decides whether two modules are equal. */
  own: string[];
  /** Learned numbers in it and below. */
  elements: number;
}

/**
 * The modules that a drawing shows, as a function from a parameter's name to its module's path. The tree of names
 * (`blocks.0.attn.qkv.weight`, in TensorFlow `Network/SR/fea1/weights`) is opened from the root, the largest
 * module first, as long as the modules stay few; numbered neighbours of one
 * form count as one and stay closed, and so does a module with parameters of its own.
 *
 * @param shapes shape of each parameter that the step reads, by its official name
 */
export function chooseModules(shapes: ReadonlyMap<string, readonly number[]>): (parameter: string) => string {
  const root = treeOf(shapes);
  let open = [root];
  for (;;) {
    const [next] = open
      .filter((module) => canOpen(module, open) && countAfter(module, open) <= most)
      .toSorted((a, b) => b.elements - a.elements);
    if (!next) break;
    open = open.flatMap((module) => (module === next ? [...module.children.values()] : [module]));
  }
  const paths = open.map(({ path }) => path).toSorted((a, b) => b.length - a.length);
  return (parameter) => paths.find((path) => parameter === path || isBelow(path, parameter)) ?? parameter;
}

const isBelow = (path: string, parameter: string): boolean =>
  parameter.startsWith(path) && /[./]/.test(parameter[path.length] ?? "");

function treeOf(shapes: ReadonlyMap<string, readonly number[]>): Module {
  const root: Module = { path: "", children: new Map(), own: [], elements: 0 };
  for (const [name, shape] of shapes) {
    const words = name.split(/[./]/);
    // A parameter of the root itself, such as a class token, is drawn as a module.
    const modules = words.length === 1 ? words : words.slice(0, -1);
    const size = shape.reduce((product, n) => product * n, 1);
    let module = root;
    for (const word of modules) {
      const path = name.slice(0, module.path === "" ? word.length : module.path.length + 1 + word.length);
      const child: Module = module.children.get(word) ?? { path, children: new Map(), own: [], elements: 0 };
      child.elements += size;
      module.children.set(word, child);
      module = child;
    }
    module.own.push(`${words.at(-1)}[${shape.join()}]`);
  }
  return root;
}

const canOpen = (module: Module, open: readonly Module[]): boolean =>
  module.children.size > 0 && module.own.length === 0 && !hasTwin(module, open);

/** Whether a numbered neighbour has the same form: then both are drawn closed, as one. */
const hasTwin = (module: Module, among: readonly Module[]): boolean =>
  isNumbered(module) && among.some((other) => other !== module && groupOf(other) === groupOf(module));

const isNumbered = ({ path }: Module): boolean => /\.\d+$/.test(path);

const groupOf = (module: Module): string =>
  isNumbered(module) ? `${module.path.replace(/\d+$/, "#")} ${formOf(module)}` : module.path;

const formOf = ({ own, children }: Module): string =>
  `${own.join()}{${[...children].map(([name, child]) => `${name}:${formOf(child)}`).join(";")}}`;

const countAfter = (module: Module, open: readonly Module[]): number => {
  const after = [...open.filter((other) => other !== module), ...module.children.values()];
  return new Set(after.map(groupOf)).size;
};
