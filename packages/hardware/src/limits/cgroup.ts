/** Where the limits of one cgroup controller stand, from this process's group up to the root that it sees. */
export interface CgroupFolders {
  version: 1 | 2;
  /** Nearest first. */
  folders: string[];
}

interface Mount {
  root: string;
  point: string;
  type: string;
  options: string[];
}

const parseMounts = (mountinfo: string): Mount[] =>
  mountinfo.split("\n").flatMap((line) => {
    const [left = "", right = ""] = line.split(" - ");
    const [, , , root, point] = left.split(" ");
    const [type = "", , options = ""] = right.split(" ");
    return root === undefined || point === undefined ? [] : [{ root, point, type, options: options.split(",") }];
  });

/** Lines `hierarchy:controllers:path` of `/proc/self/cgroup`. */
const parseGroups = (cgroup: string): { controllers: string[]; path: string }[] =>
  cgroup.split("\n").flatMap((line) => {
    const match = /^\d+:([^:]*):(.*)$/.exec(line);
    return match ? [{ controllers: (match[1] ?? "").split(",").filter(Boolean), path: match[2] ?? "/" }] : [];
  });

/** From `/sys/fs/cgroup/a/b` up to `/sys/fs/cgroup`. */
const upwards = (point: string, path: string): string[] => {
  const parts = path.split("/").filter((part) => part !== "" && part !== "..");
  return Array.from({ length: parts.length + 1 }, (_, dropped) =>
    [point, ...parts.slice(0, parts.length - dropped)].join("/").replace(/^\/\//, "/"),
  );
};

/** A path inside the part of the hierarchy that is mounted: containers mount their own group as the root. */
const below = (root: string, path: string): string =>
  root !== "/" && path.startsWith(root) ? path.slice(root.length) : path;

/**
 * Folders that hold the limits of `controller` for this process, from `/proc/self/cgroup` and `/proc/self/mountinfo`;
 * null where it is under no such controller.
 */
export const cgroupFolders = (controller: string, cgroup: string, mountinfo: string): CgroupFolders | null => {
  const groups = parseGroups(cgroup);
  const mounts = parseMounts(mountinfo);
  const v1 = groups.find(({ controllers }) => controllers.includes(controller));
  const v1Mount = mounts.find(({ type, options }) => type === "cgroup" && options.includes(controller));
  if (v1 && v1Mount) return { version: 1, folders: upwards(v1Mount.point, below(v1Mount.root, v1.path)) };
  const v2 = groups.find(({ controllers }) => controllers.length === 0);
  const v2Mount = mounts.find(({ type }) => type === "cgroup2");
  return v2 && v2Mount ? { version: 2, folders: upwards(v2Mount.point, below(v2Mount.root, v2.path)) } : null;
};

/** Processors that `cpu.max` (version 2) grants; null without a limit. */
export const parseCpuMax = (text: string): number | null => {
  const [quota, period] = text.trim().split(/\s+/).map(Number);
  return ratio(quota, period);
};

/** `quota / period`; null where either is no positive number: version 1 writes -1 for no limit, version 2 `max`. */
export const ratio = (quota: number | undefined, period: number | undefined): number | null =>
  quota !== undefined && period !== undefined && quota > 0 && period > 0 ? quota / period : null;

/** Bytes of a memory limit; null where there is none. Version 1 writes a huge number, version 2 `max`. */
export const parseMemoryLimit = (text: string): number | null => {
  const bytes = Number(text.trim());
  return Number.isFinite(bytes) && bytes > 0 && bytes < 2 ** 60 ? bytes : null;
};
