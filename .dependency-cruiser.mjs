/**
 * Who may import whom: data flows one way, down. A room not in its own list is out of bounds.
 * @type {import('dependency-cruiser').IConfiguration}
 */
const rooms = {
  script: [],
  schema: ["script"],
  catalog: ["schema"],
  records: ["schema", "catalog", "script"],
  "plugin-kit": ["schema"],
  compiler: ["schema"],
  engines: ["schema", "compiler"],
  hardware: ["schema", "catalog"],
  runner: ["schema", "catalog", "records", "plugin-kit", "compiler", "engines", "hardware", "script"],
  cli: ["schema", "catalog", "records", "plugin-kit", "compiler", "engines", "hardware", "runner", "planner"],
  peers: ["plugin-kit", "runner", "script"],
  planner: ["schema", "catalog", "records", "script"],
  tables: [
    "schema",
    "catalog",
    "records",
    "plugin-kit",
    "compiler",
    "engines",
    "hardware",
    "runner",
    "planner",
    "script",
  ],
};

/** Rooms whose main entry a browser loads: no Node modules outside the files for Node. */
const browserSafe = "^packages/(schema|catalog|records|planner)/src/(?!node|.*\\.test\\.ts$)";

const folder = (room) => `^packages/${room}/`;

export default {
  forbidden: [
    ...Object.entries(rooms).map(([room, allowed]) => ({
      name: `${room}-imports`,
      comment: `packages/${room} may import ${allowed.length > 0 ? allowed.join(", ") : "nothing of ours"}.`,
      severity: "error",
      from: { path: folder(room) },
      to: { path: "^(packages|plugins|site)/", pathNot: [folder(room), ...allowed.map(folder)] },
    })),
    {
      name: "plugin-imports",
      comment: "A plugin imports plugin-kit and itself: no engine, no compiler, no other plugin.",
      severity: "error",
      from: { path: "^plugins/([^/]+)/" },
      to: { path: "^(packages|plugins|site)/", pathNot: ["^plugins/$1/", folder("plugin-kit")] },
    },
    {
      name: "site-imports",
      comment: "The site reads results, the catalogue and what they mean.",
      severity: "error",
      from: { path: "^site/" },
      to: { path: "^(packages|plugins)/", pathNot: ["schema", "catalog", "records", "planner", "script"].map(folder) },
    },
    {
      name: "browser-safe",
      comment: "These files run in a browser too.",
      severity: "error",
      from: { path: browserSafe },
      to: { dependencyTypes: ["core"] },
    },
    {
      name: "no-circles",
      severity: "error",
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ["type-only"] } },
    },
    {
      name: "declared-dependencies",
      comment: "What is imported is named in the package's own package.json.",
      severity: "error",
      from: { path: "^(packages|plugins|site)/", pathNot: "\\.test\\.ts$|/test/" },
      to: { dependencyTypes: ["npm-no-pkg", "npm-unknown"] },
    },
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    exclude: { path: "/(dist|\\.astro)/" },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    enhancedResolveOptions: { exportsFields: ["exports"], conditionNames: ["import", "node", "default", "types"] },
  },
};
